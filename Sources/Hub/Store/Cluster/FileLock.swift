// An advisory lock on a file, given back when its owner ends, however it ends. Not inherited by
// children, or a server would hold the lock of the hub that started it.

import Glibc

/// An open lock file (`flock(2)`).
final class FileLock {
    private let number: Int32

    /// Opens the file, and makes it when there is none.
    init(path: String) throws(ClusterFailure) {
        number = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw .folder(path: path, reason: Folder.reason()) }
    }

    deinit {
        _ = close(number)
    }

    /// Shares the lock, unless somebody has it alone.
    func tryShared() -> Bool { flock(number, LOCK_SH | LOCK_NB) == 0 }

    /// Takes the lock alone, unless somebody else has it or shares it.
    func tryExclusive() -> Bool { flock(number, LOCK_EX | LOCK_NB) == 0 }
}
