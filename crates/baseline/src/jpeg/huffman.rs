//! Huffman codes of a JPEG (ITU-T T.81, annexes C and F), and the bits that they stand in.

use super::ZIGZAG;

/// Bits of a code that are looked up at once, with the value that follows it where that fits in as well.
const LOOK: u32 = 10;

/// Codes by their first bits.
pub(super) struct Table {
    quick: Box<[Code; 1 << LOOK]>,
    /// For codes longer than [`LOOK`], by length: the first code past it, left-aligned in 16 bits, and what to add to a code for
    /// its symbol's place.
    limits: [u32; 17],
    offsets: [i32; 17],
    symbols: Vec<u8>,
}

/// What a run of bits says, in one word: from its low end bits that are used up (8 bits, 0 where the code is longer than those
/// looked up), bits of the value that are still to be read (4), zeros before the value (4), and the value, where its bits are among
/// those looked up (16).
#[derive(Clone, Copy, Default)]
struct Code(u32);

impl Table {
    /// From the number of codes of each length and the symbols in the order of their codes. None for what is no set of codes.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut table = Self {
            quick: Box::new([Code::default(); 1 << LOOK]),
            limits: [0; 17],
            offsets: [0; 17],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut place) = (0u32, 0usize);
        for length in 1..=16 {
            table.offsets[length as usize] = place as i32 - code as i32;
            for symbol in &symbols[place..place + usize::from(counts[length as usize - 1])] {
                if code >= 1 << length {
                    return None;
                }
                if length <= LOOK {
                    let spare = LOOK - length;
                    let first = (code << spare) as usize;
                    for (tail, entry) in table.quick[first..first + (1 << spare)].iter_mut().enumerate() {
                        *entry = Code::followed(*symbol, length, tail as u32, spare);
                    }
                }
                code += 1;
                place += 1;
            }
            table.limits[length as usize] = code << (16 - length);
            code <<= 1;
        }
        Some(table)
    }

    #[inline(always)]
    fn code(&self, bits: u64) -> Option<Code> {
        let quick = self.quick[(bits >> (64 - LOOK)) as usize];
        if quick.used() > 0 { Some(quick) } else { self.long(bits) }
    }

    #[cold]
    #[inline(never)]
    fn long(&self, bits: u64) -> Option<Code> {
        let next = (bits >> 48) as u32;
        let length = (LOOK as usize + 1..17).find(|length| next < self.limits[*length])?;
        let place = (next >> (16 - length)) as i32 + self.offsets[length];
        let symbol = *self.symbols.get(usize::try_from(place).ok()?)?;
        Some(Code::new(symbol, length as u32))
    }
}

impl Code {
    /// A symbol alone: run and size.
    fn new(symbol: u8, used: u32) -> Self {
        Self(used | u32::from(symbol & 15) << 8 | u32::from(symbol >> 4) << 12)
    }

    /// A symbol whose code of this length is followed by `tail`, of which `spare` bits are known.
    fn followed(symbol: u8, length: u32, tail: u32, spare: u32) -> Self {
        let size = u32::from(symbol & 15);
        if size == 0 || size > spare {
            return Self::new(symbol, length);
        }
        let value = extended(tail >> (spare - size), size);
        Self(Self::new(symbol & 0xf0, length + size).0 | (value as u32) << 16)
    }

    #[inline(always)]
    fn used(self) -> u32 {
        self.0 & 0xff
    }

    #[inline(always)]
    fn size(self) -> u32 {
        self.0 >> 8 & 15
    }

    #[inline(always)]
    fn run(self) -> usize {
        (self.0 >> 12 & 15) as usize
    }

    #[inline(always)]
    fn value(self) -> i32 {
        self.0 as i32 >> 16
    }
}

/// The value that a number of bits stands for (T.81, F.2.2.1).
#[inline(always)]
fn extended(bits: u32, count: u32) -> i32 {
    let low = bits >> (count - 1) == 0;
    bits as i32 - if low { (1 << count) - 1 } else { 0 }
}

/// The coded data, bit by bit.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// The next bits, left-aligned.
    bits: u64,
    /// How many of them there are, and how many of those are past the data.
    count: u32,
    missing: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, bits: 0, count: 0, missing: 0 }
    }

    /// Makes at least 56 bits ready; past a marker or the end they are zeros.
    #[inline(always)]
    fn refill(&mut self) {
        if let Some(next) = self.data.get(self.at..self.at + 8)
            && let Ok(next) = <[u8; 8]>::try_from(next)
        {
            let word = u64::from_be_bytes(next);
            // Whether any byte is 0xff: a zero byte of the complement (Mycroft's test).
            let not = !word;
            if not.wrapping_sub(0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080 == 0 {
                self.bits |= word >> self.count;
                self.at += ((63 - self.count) >> 3) as usize;
                self.count |= 56;
                return;
            }
        }
        *self = self.refilled_slowly();
    }

    // By value, so that what is read stays in registers elsewhere.
    #[inline(never)]
    fn refilled_slowly(mut self) -> Self {
        // Bits beyond the count may be left of a quick refill.
        self.bits = if self.count == 0 { 0 } else { self.bits & (u64::MAX << (64 - self.count)) };
        while self.count < 56 {
            let byte = match self.data.get(self.at..) {
                Some([0xff, 0, ..]) => {
                    self.at += 2;
                    0xff
                }
                Some([0xff, ..]) | None | Some([]) => {
                    self.missing += 8;
                    0
                }
                Some([byte, ..]) => {
                    self.at += 1;
                    *byte
                }
            };
            self.bits |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
        self
    }

    #[inline(always)]
    fn skip(&mut self, count: u32) {
        self.bits <<= count;
        self.count -= count;
    }

    /// The value of `size` bits, which must be ready; `size` is 1-15.
    #[inline(always)]
    fn value(&mut self, size: u32) -> i32 {
        let value = extended((self.bits >> (64 - size)) as u32, size);
        self.skip(size);
        value
    }

    /// Reads a block's coefficients, times their steps, and gives the place of the last one in zigzag order.
    #[inline(always)]
    pub(super) fn block(
        &mut self,
        [dc, ac]: [&Table; 2],
        mean: &mut i32,
        steps: &[f32; 64],
        out: &mut [f32; 64],
    ) -> Option<u8> {
        self.refill();
        let code = dc.code(self.bits)?;
        self.skip(code.used());
        if code.run() > 0 {
            return None;
        }
        let difference = if code.size() > 0 { self.value(code.size()) } else { code.value() };
        *mean = (*mean + difference).clamp(-32768, 32767);
        out[0] = *mean as f32 * steps[0];
        let (mut k, mut last) = (1, 0);
        while k < 64 {
            // A code and its value take at most 31 bits.
            if self.count < 32 {
                self.refill();
            }
            let code = ac.code(self.bits)?;
            self.skip(code.used());
            let value = if code.size() > 0 { self.value(code.size()) } else { code.value() };
            if value == 0 {
                match code.run() {
                    0 => break,
                    15 => k += 16,
                    _ => return None,
                }
                continue;
            }
            k += code.run();
            out[usize::from(*ZIGZAG.get(k)?) & 63] = value as f32 * steps[k & 63];
            last = k;
            k += 1;
        }
        // Bits that are not there were used.
        (self.count >= self.missing).then_some(last as u8)
    }

    /// Goes past a restart marker, which must be next.
    #[inline(always)]
    pub(super) fn restart(&mut self, number: usize) -> Option<()> {
        self.marker(0xd0 + number as u8)?;
        *self = Self { at: self.at + 2, ..Self::new(self.data) };
        Some(())
    }

    /// Whether the end of the picture is next.
    #[inline(always)]
    pub(super) fn end(&mut self) -> Option<()> {
        self.marker(0xd9)
    }

    #[inline(always)]
    fn marker(&mut self, marker: u8) -> Option<()> {
        self.refill();
        let left = self.count.checked_sub(self.missing)?;
        (left < 8 && self.data.get(self.at..)?.starts_with(&[0xff, marker])).then_some(())
    }
}
