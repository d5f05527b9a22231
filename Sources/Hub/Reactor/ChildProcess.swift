// Starting another program: in a session of its own, so that a signal typed at our terminal does
// not reach it, with no signal blocked, and with its output in a file.

import CLinux
import Glibc

/// Programs that are started and waited for.
package enum ChildProcess {
    /// Starts a program, named by its path or found in PATH; nil when it can't be started.
    ///
    /// The C function is `posix_spawnp`.
    package static func start(_ words: [String], output: String) -> Int32? {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(
            &actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o640)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        var all = sigset_t()
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | lx_spawn_setsid()
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        let arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { for unsafe argument in unsafe arguments { unsafe free(argument) } }
        var process: pid_t = 0
        let result = unsafe posix_spawnp(
            &process, words[0], &actions, &attributes, arguments, environ)
        return result == 0 ? process : nil
    }

    /// Starts a program and waits for its end: its exit code, or -1 when it could not start.
    package static func run(_ words: [String], output: String) -> Int32 {
        guard let process = start(words, output: output) else { return -1 }
        while true {
            var code: Int32 = 0
            let ended = unsafe lx_wait_child(process, &code)
            if ended == 1 { return code }
            if ended < 0 { return -1 }
            usleep(5_000)
        }
    }

    /// Whether a child has ended; it is gone when this says so.
    package static func hasEnded(_ process: Int32) -> Bool {
        var code: Int32 = 0
        return unsafe lx_wait_child(process, &code) != 0
    }
}
