// What a process has used, from /proc. Watching the server from here answers the first question of
// every load test: was it the server that had no more to give, or the load?

import Glibc

/// A reading of one process.
package struct ProcessUsage: Equatable, Sendable {
    /// User and system time of all its threads.
    package var processorMilliseconds = 0
    /// Anonymous resident memory: heap and stacks, neither files nor the kernel's buffers.
    package var anonymousBytes = 0

    /// Reads a process; nil when there is none of this number.
    static func read(process: Int32) -> ProcessUsage? {
        guard let stat = text("/proc/\(process)/stat"),
            let status = text("/proc/\(process)/status")
        else { return nil }
        return ProcessUsage(
            stat: stat, status: status, ticksPerSecond: max(1, sysconf(Int32(_SC_CLK_TCK))))
    }

    /// Reads the process that asks.
    static func own() -> ProcessUsage { read(process: getpid()) ?? ProcessUsage() }

    private init() {}

    /// Reads the texts of `stat` and `status`; nil when they are not such.
    init?(stat: String, status: String, ticksPerSecond: Int) {
        // The name in parentheses may hold spaces and parentheses; what follows the last has none.
        guard let nameEnd = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: nameEnd)...].split(separator: " ")
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else {
            return nil
        }
        processorMilliseconds = (user + system) * 1_000 / ticksPerSecond
        for line in status.split(separator: "\n") where line.hasPrefix("RssAnon:") {
            let digits = line.filter { $0.isASCII && $0.isNumber }
            anonymousBytes = (Int(digits) ?? 0) * 1_024
        }
    }

    private static func text(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        }
        guard count > 0 else { return nil }
        return String(decoding: bytes[0..<count], as: UTF8.self)
    }
}
