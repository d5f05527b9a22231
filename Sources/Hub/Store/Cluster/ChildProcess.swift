// Starts programs with `posix_spawn`: a session of their own, so that a Ctrl-C typed at the hub's
// terminal is not theirs; no signal blocked, whatever the hub blocks; output to a file.

import Glibc

/// Children of this process.
enum ChildProcess {
    /// What became of a child.
    enum State: Equatable {
        case running
        case ended(code: Int32)
    }

    /// Starts a program; its output goes to the end of a file.
    static func start(_ command: [String], output: String) throws(ClusterFailure) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        _ = unsafe posix_spawn_file_actions_init(&actions)
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        _ = unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        _ = unsafe posix_spawn_file_actions_addopen(
            &actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        _ = unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        _ = unsafe posix_spawnattr_init(&attributes)
        defer { _ = unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        _ = unsafe sigemptyset(&none)
        var all = sigset_t()
        _ = unsafe sigfillset(&all)
        _ = unsafe posix_spawnattr_setsigmask(&attributes, &none)
        _ = unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | newSession
        _ = unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        var child: pid_t = 0
        let result = unsafe withCStrings(command) { arguments in
            unsafe posix_spawn(
                &child, command[0], &actions, &attributes,
                UnsafePointer<UnsafeMutablePointer<CChar>?>(OpaquePointer(arguments)), environ)
        }
        guard result == 0 else {
            errno = result
            throw .folder(path: command[0], reason: Folder.reason())
        }
        return child
    }

    /// `POSIX_SPAWN_SETSID`, which the C library declares for GNU programs alone.
    private static let newSession: Int32 = 0x80

    /// Runs a program to its end: its exit code.
    static func run(_ command: [String], output: String) throws(ClusterFailure) -> Int32 {
        let child = try start(command, output: output)
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
        return code(status)
    }

    /// What became of a child of this process; collects it when it has ended.
    static func state(_ child: pid_t) -> State {
        var status: Int32 = 0
        let ended = unsafe waitpid(child, &status, WNOHANG)
        if ended == 0 { return .running }
        return .ended(code: ended < 0 ? -1 : code(status))
    }

    /// The exit code, or 128 and the signal that ended it.
    private static func code(_ status: Int32) -> Int32 {
        let signal = status & 0x7f
        return signal == 0 ? status >> 8 & 0xff : 128 + signal
    }
}
