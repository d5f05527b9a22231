// Hashes by libcrypto, whole messages at a time.

import COpenSSL

/// Message digests.
package enum Digest {
    /// SHA-256 (FIPS 180-4): 32 bytes.
    package static func sha256(_ message: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        _ = unsafe SHA256(message, message.count, &digest)
        return digest
    }

    /// SHA-1: 20 bytes, for the WebSocket handshake alone (RFC 6455 §4.2.2).
    package static func sha1(_ message: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 20)
        _ = unsafe SHA1(message, message.count, &digest)
        return digest
    }

    /// Compares secrets in a time that depends on their length alone.
    package static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe CRYPTO_memcmp(left, right, left.count) == 0
    }
}
