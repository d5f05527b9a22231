// Signatures with a key of our own (RFC 8032), by libcrypto. `PublicKey` checks those of others.

import COpenSSL

/// Signs with Ed25519.
package enum Ed25519 {
    /// Bytes of a secret key, which may be any, and of a public one.
    package static let keyByteCount = 32

    /// The public key of a secret one.
    package static func publicKey(ofSecret secret: [UInt8]) -> [UInt8] {
        let key = unsafe read(secret)
        defer { unsafe EVP_PKEY_free(key) }
        var bytes = [UInt8](repeating: 0, count: keyByteCount)
        var count = bytes.count
        let isDone = unsafe EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1
        precondition(isDone && count == keyByteCount, "libcrypto has no Ed25519")
        return bytes
    }

    /// The 64 bytes of a signature.
    package static func sign(_ message: [UInt8], withSecret secret: [UInt8]) -> [UInt8] {
        let key = unsafe read(secret)
        defer { unsafe EVP_PKEY_free(key) }
        guard let context = unsafe EVP_MD_CTX_new() else {
            preconditionFailure("libcrypto has no memory")
        }
        defer { unsafe EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: 64)
        var count = signature.count
        let isDone =
            unsafe EVP_DigestSignInit(context, nil, nil, nil, key) == 1
            && EVP_DigestSign(context, &signature, &count, message, message.count) == 1
        precondition(isDone && count == 64, "libcrypto could not sign")
        return signature
    }

    private static func read(_ secret: [UInt8]) -> OpaquePointer {
        precondition(secret.count == keyByteCount, "a secret key has 32 bytes")
        guard
            let key = unsafe EVP_PKEY_new_raw_private_key_ex(
                nil, "ED25519", nil, secret, secret.count)
        else { preconditionFailure("libcrypto has no Ed25519") }
        return unsafe key
    }
}
