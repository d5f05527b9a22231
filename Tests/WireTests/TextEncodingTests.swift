// Base64, hexadecimal, decimal and UTF-8.

import Testing
import Wire

@Suite struct TextEncodingTests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
    func `base64 is that of RFC 4648`(_ plain: String, _ encoded: String) {
        #expect(Base64.encode(utf8(plain)) == encoded)
        #expect(Base64.decode(encoded) == utf8(plain))
        let url = encoded.replacing("=", with: "")
        #expect(Base64.encodeURL(utf8(plain)) == url)
        #expect(Base64.decodeURL(url) == utf8(plain))
    }

    @Test func `base64 tells its two alphabets apart`() {
        let bytes: [UInt8] = [0xFB, 0xFF, 0xBF]
        #expect(Base64.encode(bytes) == "+/+/")
        #expect(Base64.encodeURL(bytes) == "-_-_")
        #expect(Base64.decode("-_-_") == nil)
        #expect(Base64.decodeURL("+/+/") == nil)
        let all = (0...255).map { UInt8($0) }
        #expect(Base64.decode(Base64.encode(all)) == all)
        #expect(Base64.decodeURL(Base64.encodeURL(all)) == all)
    }

    @Test(arguments: [
        "Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zm 9v", "Zg==Zg==", "=",
    ])
    func `a base64 text with loose ends is refused`(_ sample: String) {
        #expect(Base64.decode(sample) == nil)
    }

    @Test(arguments: ["Z", "Zh", "Zm9", "Zg==", "Zm9v\n"])
    func `a base64url text with loose ends is refused`(_ sample: String) {
        #expect(Base64.decodeURL(sample) == nil)
    }

    @Test func `hexadecimal is written in lower case and read in both`() {
        #expect(Hex.encode([0, 0x9A, 0xFF]) == "009aff")
        #expect(Hex.decode("009aFF") == [0, 0x9A, 0xFF])
        #expect(Hex.decode("0") == nil)
        #expect(Hex.decode("0g") == nil)
    }

    @Test func `integers are written in decimal`() {
        for value in [0, 9, 10, 99, 100, 12_345, UInt64.max - 1, .max] {
            var output: [UInt8] = []
            DecimalText.append(value, to: &output)
            #expect(text(output) == String(value))
        }
        var output: [UInt8] = []
        DecimalText.append(Int64.min, to: &output)
        DecimalText.append(7, width: 3, to: &output)
        DecimalText.append(1234, width: 3, to: &output)
        DecimalText.append(0, width: 1, to: &output)
        #expect(text(output) == "-922337203685477580800712340")
    }

    @Test func `integers are read from digits alone`() {
        func parse(_ sample: String) -> Int? {
            let bytes = utf8(sample)
            return DecimalText.parse(bytes.span, 0..<bytes.count)
        }
        #expect(parse("0") == 0)
        #expect(parse("007") == 7)
        #expect(parse("9223372036854775807") == Int.max)
        for bad in ["", "-1", "+1", " 1", "1a", "9223372036854775808", "99999999999999999999"] {
            #expect(parse(bad) == nil)
        }
    }

    @Test func `every character is valid UTF-8 and its beginnings are not`() {
        for value: UInt32 in [
            0, 0x7F, 0x80, 0x7FF, 0x800, 0xFFF, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x3FFFF, 0x10FFFF,
        ] {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let bytes = utf8(String(Character(scalar)))
            #expect(UTF8Validation.isValid(bytes))
            for end in 1..<bytes.count { #expect(!UTF8Validation.isValid(Array(bytes[..<end]))) }
        }
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC2, 0x41], [0xE0, 0x9F, 0xBF],
            [0xED, 0xA0, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF],
            [0xE2, 0x82, 0x41], [0xC2, 0x80, 0x80],
        ] as [[UInt8]])
    func `overlong forms, surrogates and stray bytes are not UTF-8`(_ bytes: [UInt8]) {
        #expect(!UTF8Validation.isValid(bytes))
        #expect(throws: JSONError.self) { try JSONDocument(utf8("\"") + bytes + utf8("\"")) }
    }

    @Test func `a UTF-8 text may be cut anywhere`() {
        let bytes = utf8("aé€😀\u{10FFFF}z")
        for cut in 0...bytes.count {
            var validator = UTF8Validator()
            let isBegun = validator.consume(bytes.span, 0..<cut)
            let isContinued = validator.consume(bytes.span, cut..<bytes.count)
            #expect(isBegun && isContinued && validator.isComplete)
        }
    }
}
