//! The XMP packet that says the picture is synthetic.
//!
//! IPTC Photo Metadata Standard, property "Digital Source Type". The value is `algorithmicMedia`, "created
//! purely by an algorithm not based on any sampled training data": nothing here is trained
//! (`trainedAlgorithmicMedia`) or captured. The packet is the same in every file.

/// What an XMP segment of a JPEG file begins with.
pub(super) const SIGNATURE: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// The packet.
pub(super) const PACKET: &str = concat!(
    "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>",
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">",
    "<rdf:Description rdf:about=\"\" xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" ",
    "Iptc4xmpExt:DigitalSourceType=\"http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia\"/>",
    "</rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>",
);
