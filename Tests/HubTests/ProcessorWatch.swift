// A client that looks at the processors all the time, whoever dies meanwhile, and remembers whether
// any of their cursors ever went back.

import Foundation
import Support
import Synchronization

/// Samples `/admin/processors` until it is stopped.
final class ProcessorWatch: Sendable {
    /// What it has seen.
    struct Record: Sendable {
        var cursors: [String: Int] = [:]
        var head = 0
        var sampleCount = 0
        /// Samples in which a cursor was further than in the one before.
        var movedCount = 0
        var faults: [String] = []
        /// Instances that held a lease.
        var holders: Set<String> = []

        /// Whether all are where the log ends.
        var isAtRest: Bool { !cursors.isEmpty && cursors.values.allSatisfy { $0 == head } }
    }

    private let record = Mutex(Record())
    private let isStopped = Mutex(false)
    private let thread = Mutex<TestThread?>(nil)

    /// Starts.
    init(port: Int, token: String) {
        let started = TestThread { [self] in
            let client = TestClient(port: port, token: token)
            while isStopped.withLock({ !$0 }) {
                if let answer = try? client.get("/admin/processors") { take(answer) }
                usleep(15_000)
            }
        }
        thread.withLock { $0 = started }
    }

    var seen: Record { record.withLock { $0 } }

    /// Ends it and says what it has seen.
    func finish() -> Record {
        isStopped.withLock { $0 = true }
        thread.withLock { $0 }?.join()
        return seen
    }

    private func take(_ answer: TestResponse) {
        record.withLock { record in
            // While Postgres is looked for, the hub says so.
            guard answer.status != 503 else { return }
            guard answer.status == 200 else {
                record.faults.append("\(answer.status) \(answer.text)")
                return
            }
            let body = answer.json
            let head = body["head"].string.flatMap { Int($0) } ?? -1
            if head < record.head { record.faults.append("the head went back to \(head)") }
            record.head = head
            record.sampleCount += 1
            var hasMoved = false
            for processor in body["data"].array {
                let name = processor["name"].string ?? "?"
                let cursor = processor["cursor"].string.flatMap { Int($0) } ?? -1
                let before = record.cursors.updateValue(cursor, forKey: name) ?? 0
                if cursor < before {
                    record.faults.append("\(name) went back from \(before) to \(cursor)")
                }
                hasMoved = hasMoved || cursor > before
                if let holder = processor["holder"].string { record.holders.insert(holder) }
                if processor["dead_letters"].int != 0 {
                    record.faults.append("\(name) has dead letters")
                }
            }
            record.movedCount += hasMoved ? 1 : 0
        }
    }
}
