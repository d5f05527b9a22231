// Hashes and signatures against the vectors of their standards.

import TLS
import Testing
import Wire

@Suite struct `Digests` {
    private func hex(_ bytes: [UInt8]) -> String { Hex.encode(bytes) }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `SHA-256 is that of FIPS 180-4`(message: String, digest: String) {
        #expect(hex(Digest.sha256(Array(message.utf8))) == digest)
    }

    @Test func `SHA-1 is that of FIPS 180-4`() {
        #expect(
            hex(Digest.sha1(Array("abc".utf8))) == "a9993e364706816aba3e25717850c26c9cd0d89d")
    }

    // RFC 4231 §4.2, §4.3, §4.4, §4.7.
    private static let vectors: [([UInt8], [UInt8], String)] = [
        (
            [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ]

    @Test(arguments: vectors.indices)
    func `HMAC-SHA-256 is that of RFC 4231`(index: Int) {
        let (key, message, code) = Self.vectors[index]
        var authentication = MessageAuthentication(key: key)
        #expect(hex(authentication.code(for: message[...])) == code)
        // The key stays good for the next message, and for a part of one.
        _ = authentication.code(for: [])
        let longer = [0, 0] + message + [0]
        #expect(hex(authentication.code(for: longer[2..<2 + message.count])) == code)
    }

    @Test func `secrets are equal when all their bytes are`() {
        #expect(Digest.isEqual([], []))
        #expect(Digest.isEqual([1, 2, 3], [1, 2, 3]))
        #expect(!Digest.isEqual([1, 2, 3], [1, 2]))
        for index in 0..<32 {
            var other = [UInt8](repeating: 7, count: 32)
            other[index] ^= 1
            #expect(!Digest.isEqual([UInt8](repeating: 7, count: 32), other))
        }
    }
}
