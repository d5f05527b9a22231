// HMAC-SHA-256 with a key that is set up once: a signature then costs a fifth of the one-shot
// call. The context is libcrypto's; this type owns it, and one thread uses it.

import COpenSSL

/// Computes HMAC-SHA-256 (RFC 2104) under one key.
@safe
package struct MessageAuthentication: ~Copyable {
    private let context: OpaquePointer

    /// Prepares the key; traps when libcrypto has no memory or no HMAC.
    package init(key: [UInt8]) {
        guard let context = unsafe MessageAuthentication.prepared(key: key) else {
            preconditionFailure("libcrypto has no HMAC-SHA-256")
        }
        unsafe self.context = context
    }

    deinit {
        unsafe EVP_MAC_CTX_free(context)
    }

    /// The 32 bytes for a message.
    package mutating func code(for message: ArraySlice<UInt8>) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: 32)
        var count = 0
        let isDone = unsafe message.withUnsafeBufferPointer { message in
            unsafe EVP_MAC_init(context, nil, 0, nil) == 1
                && EVP_MAC_update(context, message.baseAddress, message.count) == 1
                && EVP_MAC_final(context, &code, &count, code.count) == 1
        }
        precondition(isDone && count == 32, "libcrypto could not compute an HMAC")
        return code
    }

    private static func prepared(key: [UInt8]) -> OpaquePointer? {
        guard let algorithm = unsafe EVP_MAC_fetch(nil, "HMAC", nil) else { return nil }
        defer { unsafe EVP_MAC_free(algorithm) }
        guard let context = unsafe EVP_MAC_CTX_new(algorithm) else { return nil }
        var name = Array("SHA256".utf8CString)
        let isReady = unsafe name.withUnsafeMutableBufferPointer { name in
            var parameters = unsafe [
                OSSL_PARAM_construct_utf8_string("digest", name.baseAddress, 0),
                OSSL_PARAM_construct_end(),
            ]
            return unsafe EVP_MAC_init(context, key, key.count, &parameters) == 1
        }
        return unsafe isReady ? context : nil
    }
}
