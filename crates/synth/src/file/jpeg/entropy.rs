//! Huffman coding of blocks (ITU-T T.81, annex F.1.2).

use retake_simd::kernel;

use super::Block;
use super::tables::{Huffman, ZIGZAG};

/// Code and length of each symbol.
pub(super) struct Codes {
    mean: [(u32, u32); 256],
    detail: [(u32, u32); 256],
}

impl Codes {
    pub(super) fn new(mean: &Huffman, detail: &Huffman) -> Self {
        Self { mean: assign(mean), detail: assign(detail) }
    }
}

/// Numbers the codes of a table by rising length (T.81, annex C).
fn assign(table: &Huffman) -> [(u32, u32); 256] {
    let mut codes = [(0, 0); 256];
    let mut symbols = table.symbols.iter();
    let mut code = 0;
    for (length, count) in (1..).zip(table.counts) {
        for symbol in symbols.by_ref().take(usize::from(count)) {
            codes[usize::from(*symbol)] = (code, length);
            code += 1;
        }
        code <<= 1;
    }
    codes
}

kernel! {
    /// Puts the coefficients of blocks into the order of the scan, and sets a bit for each but the first that is not zero.
    pub(super) fn order(blocks: &mut [Block], masks: &mut [u64]) {
        for (block, mask) in blocks.iter_mut().zip(masks) {
            let natural = *block;
            let mut bits = 0u64;
            for k in 0..64 {
                let v = natural[ZIGZAG[k]];
                block[k] = v;
                bits |= u64::from(v != 0) << k;
            }
            *mask = bits & !1;
        }
    }
}

/// The scan in the making: bits from the top of a word, with a zero behind every byte of ones.
pub(super) struct BlockWriter {
    out: Vec<u8>,
    word: u64,
    used: u32,
}

impl BlockWriter {
    pub(super) fn new(out: Vec<u8>) -> Self {
        Self { out, word: 0, used: 0 }
    }

    /// Writes a block of quantised coefficients in the order of the scan; `mask` has a bit for each but the first that is
    /// not zero, `mean` is the last mean of its component.
    pub(super) fn block(&mut self, block: &Block, mask: u64, mean: &mut i16, codes: &Codes) {
        let difference = i32::from(block[0]) - i32::from(*mean);
        *mean = block[0];
        self.value(difference, 0, &codes.mean);
        let mut rest = mask;
        let mut last = 0;
        while rest != 0 {
            let k = rest.trailing_zeros();
            rest &= rest - 1;
            let mut zeros = k - last - 1;
            while zeros > 15 {
                let (code, length) = codes.detail[0xf0];
                self.bits(code, length);
                zeros -= 16;
            }
            self.value(i32::from(block[k as usize & 63]), zeros << 4, &codes.detail);
            last = k;
        }
        if last < 63 {
            let (code, length) = codes.detail[0];
            self.bits(code, length);
        }
    }

    /// Writes the symbol of a value's size, with the run before it, and the value's low bits.
    fn value(&mut self, value: i32, run: u32, codes: &[(u32, u32); 256]) {
        let size = 32 - value.unsigned_abs().leading_zeros();
        let (code, length) = codes[(run | size) as usize];
        // Negative values are written as one less, in `size` bits.
        let low = (value + (value >> 31)) as u32 & ((1 << size) - 1);
        self.bits(code << size | low, length + size);
    }

    /// Writes at most 27 bits.
    fn bits(&mut self, bits: u32, length: u32) {
        self.used += length;
        self.word |= u64::from(bits) << (64 - self.used);
        if self.used >= 32 {
            self.flush(4);
        }
    }

    fn flush(&mut self, bytes: u32) {
        let top = (self.word >> 32) as u32;
        if bytes == 4 && !has_ff(top) {
            self.out.extend(top.to_be_bytes());
        } else {
            for byte in self.word.to_be_bytes().into_iter().take(bytes as usize) {
                self.out.push(byte);
                if byte == 0xff {
                    self.out.push(0);
                }
            }
        }
        self.word <<= 8 * bytes;
        self.used -= 8 * bytes;
    }

    /// Fills the last byte with ones.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let fill = (8 - self.used % 8) % 8;
        if fill > 0 {
            self.bits((1 << fill) - 1, fill);
        }
        let bytes = self.used / 8;
        self.flush(bytes);
        self.out
    }
}

/// Whether one of the four bytes is all ones.
fn has_ff(word: u32) -> bool {
    let inverted = !word;
    inverted.wrapping_sub(0x0101_0101) & !inverted & 0x8080_8080 != 0
}
