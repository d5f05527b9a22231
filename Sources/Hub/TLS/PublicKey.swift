// Public keys of the three kinds that tokens are signed with, and the check of a signature by
// libcrypto. A key comes as the numbers of a JWK (RFC 7518 §6, RFC 8037 §2); libcrypto reads it as
// a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), which is written here.

import COpenSSL

/// How a signature was made, by the name that RFC 7518 and RFC 8037 give it.
package enum SignatureAlgorithm: String, Sendable {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rs256 = "RS256"
    /// ECDSA on P-256 with SHA-256.
    case es256 = "ES256"
    /// Ed25519.
    case edDSA = "EdDSA"
}

/// A public key as its numbers, each with its first byte first.
package enum PublicKeyNumbers: Hashable, Sendable {
    case rsa(modulus: [UInt8], exponent: [UInt8])
    case p256(x: [UInt8], y: [UInt8])
    case ed25519([UInt8])

    /// The one algorithm that the key is for.
    package var algorithm: SignatureAlgorithm {
        switch self {
        case .rsa: .rs256
        case .p256: .es256
        case .ed25519: .edDSA
        }
    }

    fileprivate var subjectPublicKeyInfo: [UInt8] {
        switch self {
        case .rsa(let modulus, let exponent):
            let key = DER.sequence(DER.integer(modulus), DER.integer(exponent))
            return DER.sequence(
                DER.sequence(DER.objectIdentifier(Self.rsaEncryption), DER.null),
                DER.bitString(key))
        case .p256(let x, let y):
            return DER.sequence(
                DER.sequence(
                    DER.objectIdentifier(Self.ecPublicKey), DER.objectIdentifier(Self.prime256v1)),
                DER.bitString([0x04] + x + y))
        case .ed25519(let point):
            return DER.sequence(
                DER.sequence(DER.objectIdentifier(Self.ed25519)), DER.bitString(point))
        }
    }

    // 1.2.840.113549.1.1.1, 1.2.840.10045.2.1, 1.2.840.10045.3.1.7 and 1.3.101.112
    private static let rsaEncryption: [UInt8] = [
        0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
    ]
    private static let ecPublicKey: [UInt8] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]
    private static let prime256v1: [UInt8] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]
    private static let ed25519: [UInt8] = [0x2b, 0x65, 0x70]
}

/// Checks signatures under one public key, for the one thread that made it.
@safe
package final class PublicKey {
    package let algorithm: SignatureAlgorithm
    private let key: OpaquePointer

    /// Bits of an RSA modulus: fewer are broken (RFC 7518 §3.3), more let a check cost too much.
    package static let rsaBits: ClosedRange<Int32> = 2_048...8_192

    /// A key; nil when the numbers are none, or its RSA modulus is too short or too long.
    package init?(_ numbers: PublicKeyNumbers) {
        algorithm = numbers.algorithm
        guard let key = unsafe PublicKey.read(numbers.subjectPublicKeyInfo) else { return nil }
        unsafe self.key = key
        if algorithm == .rs256, unsafe !PublicKey.rsaBits.contains(EVP_PKEY_get_bits(key)) {
            return nil
        }
    }

    deinit {
        unsafe EVP_PKEY_free(key)
    }

    /// Whether this key's owner signed these bytes.
    package func verifies(_ signature: [UInt8], of message: ArraySlice<UInt8>) -> Bool {
        var signature = signature
        if algorithm == .es256 {
            // Two numbers of 32 bytes (RFC 7518 §3.4), where libcrypto wants a DER sequence.
            guard signature.count == 64 else { return false }
            signature = DER.sequence(
                DER.integer(signature[..<32]), DER.integer(signature[32...]))
        }
        guard let context = unsafe EVP_MD_CTX_new() else {
            preconditionFailure("libcrypto has no memory")
        }
        defer { unsafe EVP_MD_CTX_free(context) }
        let digest = unsafe algorithm == .edDSA ? nil : EVP_sha256()
        let isGood = unsafe message.withUnsafeBufferPointer { message in
            unsafe EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1
                && EVP_DigestVerify(
                    context, signature, signature.count, message.baseAddress, message.count) == 1
        }
        // What made a signature a bad one is of no interest, and would pile up.
        if !isGood { ERR_clear_error() }
        return isGood
    }

    private static func read(_ information: [UInt8]) -> OpaquePointer? {
        unsafe information.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            let key = unsafe d2i_PUBKEY(nil, &start, buffer.count)
            if unsafe key == nil { ERR_clear_error() }
            return unsafe key
        }
    }
}
