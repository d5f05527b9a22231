// The log: one JSON object a line on stdout, with the field names of the Elastic Common Schema. A
// worker writes, so a pipe that nobody reads can't stop a loop; what does not fit is counted.

import Domain
import Glibc
import Reactor
import Synchronization
import Wire

/// How much is logged.
enum LogLevel: String, Sendable, Comparable {
    case debug, info, warn, error

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warn: 2
        case .error: 3
        }
    }

    static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }
}

/// One more field of a line.
enum LogField: Sendable {
    case text(String, String)
    case number(String, Int)
}

/// Writes lines.
final class JSONLog: Sendable {
    let level: LogLevel
    private let worker: WorkerPool
    private let dropped = Atomic<Int>(0)

    /// A log that keeps at most 10,000 lines waiting.
    init(level: LogLevel) throws(Errno) {
        self.level = level
        worker = try WorkerPool(threadCount: 1, queuedMax: 10_000)
    }

    /// Writes a line if the level is on.
    func write(_ level: LogLevel, _ message: String, _ fields: [LogField] = []) {
        guard level >= self.level else { return }
        let lost = dropped.exchange(0, ordering: .relaxed)
        let line = JSONLog.line(
            level, message, lost == 0 ? fields : fields + [.number("log.dropped", lost)],
            at: Timestamp(milliseconds: Clock.realtimeMilliseconds()))
        let isQueued = worker.submit { JSONLog.print(line) }
        if !isQueued { dropped.wrappingAdd(lost + 1, ordering: .relaxed) }
    }

    /// Writes what waits, and ends.
    func close() {
        worker.close()
    }

    private static func line(
        _ level: LogLevel, _ message: String, _ fields: [LogField], at time: Timestamp
    ) -> [UInt8] {
        var writer = JSONWriter(reserving: 256)
        writer.beginObject()
        writer.name("@timestamp")
        writer.string(time.text)
        writer.name("log.level")
        writer.string(level.rawValue)
        writer.name("message")
        writer.string(message)
        writer.name("ecs.version")
        writer.string("8.11.0")
        writer.name("service.name")
        writer.string("unified-core")
        for field in fields {
            switch field {
            case .text(let name, let value):
                writer.name(text: name)
                writer.string(value)
            case .number(let name, let value):
                writer.name(text: name)
                writer.integer(value)
            }
        }
        writer.endObject()
        writer.newline()
        return writer.bytes
    }

    private static func print(_ line: [UInt8]) {
        var start = 0
        while start < line.count {
            let written = unsafe line.withUnsafeBytes { bytes in
                unsafe Glibc.write(1, bytes.baseAddress?.advanced(by: start), bytes.count - start)
            }
            if written <= 0, errno != EINTR { return }
            start += max(0, written)
        }
    }
}
