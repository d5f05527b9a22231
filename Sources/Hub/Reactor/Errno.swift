// A failed system call, as a value. Codes that only a bug of ours can cause trap.

import CLinux
import Glibc

/// The error number of a system call.
package struct Errno: Error, Hashable, Sendable, CustomStringConvertible {
    /// Whether there is no file, or nobody listens at it.
    package var isNobodyThere: Bool { code == ENOENT || code == ECONNREFUSED }

    package let code: Int32

    package init(code: Int32) {
        self.code = code
    }

    package static let tooManyDescriptors = Errno(code: EMFILE)
    package static let addressInUse = Errno(code: EADDRINUSE)

    /// What the C library says of it.
    package var description: String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }

    /// The value of a call that returns `-errno` when it fails.
    static func check(_ result: Int32) throws(Errno) -> Int32 {
        guard result < 0 else { return result }
        let error = Errno(code: -result)
        precondition(error.code != EBADF && error.code != EFAULT, "a descriptor was misused")
        throw error
    }

    /// The current error number.
    static var current: Errno { Errno(code: errno) }
}
