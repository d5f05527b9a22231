// Keys from passwords by libcrypto, slow on purpose: never on a loop.

import COpenSSL

/// Derives keys from passwords.
package enum KeyDerivation {
    /// scrypt (RFC 7914 §6): 32 bytes; it takes `128 · 8 · 2^cost` bytes of memory.
    ///
    /// Traps when there is no memory for it: the cost is a setting that was checked.
    package static func scrypt(
        _ password: [UInt8], salt: [UInt8], cost: Int, parallelization: Int
    ) -> [UInt8] {
        var key = [UInt8](repeating: 0, count: 32)
        let isDone = unsafe password.withUnsafeBytes { password in
            unsafe EVP_PBE_scrypt(
                password.baseAddress?.assumingMemoryBound(to: CChar.self), password.count, salt,
                salt.count, UInt64(1) << UInt64(cost), 8, UInt64(parallelization), 1 << 32, &key,
                key.count) == 1
        }
        precondition(isDone, "libcrypto could not compute scrypt")
        return key
    }
}
