// SHA-256 for whoever hashes millions of short messages: the algorithm is looked up once, and the
// hash comes as numbers, so that nothing is allocated.

import COpenSSL

/// Computes SHA-256 (FIPS 180-4) on the one thread that made it.
@safe
package final class SHA256Hasher {
    private let context: OpaquePointer
    private let algorithm: OpaquePointer

    /// Looks the algorithm up; traps when libcrypto has none, or no memory.
    package init() {
        guard let algorithm = unsafe EVP_MD_fetch(nil, "SHA256", nil),
            let context = unsafe EVP_MD_CTX_new()
        else { preconditionFailure("libcrypto has no SHA-256") }
        unsafe self.algorithm = algorithm
        unsafe self.context = context
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
        unsafe EVP_MD_free(algorithm)
    }

    /// The hash as four numbers, each with its first byte first.
    package func hash(_ message: [UInt8]) -> (UInt64, UInt64, UInt64, UInt64) {
        unsafe message.withUnsafeBufferPointer { unsafe hash($0) }
    }

    /// The hash of a text's UTF-8 bytes.
    package func hash(_ text: String) -> (UInt64, UInt64, UInt64, UInt64) {
        var text = text
        return text.withUTF8 { unsafe hash($0) }
    }

    private func hash(_ message: UnsafeBufferPointer<UInt8>) -> (UInt64, UInt64, UInt64, UInt64) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        let isDone = unsafe withUnsafeMutableBytes(of: &words) { bytes in
            let output = unsafe bytes.bindMemory(to: UInt8.self).baseAddress
            return unsafe EVP_DigestInit_ex2(context, algorithm, nil) == 1
                && EVP_DigestUpdate(context, message.baseAddress, message.count) == 1
                && EVP_DigestFinal_ex(context, output, nil) == 1
        }
        precondition(isDone, "libcrypto could not compute a hash")
        return (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
    }
}
