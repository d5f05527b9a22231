// Several threads of a test, each with what it makes itself, and a number that they share. The
// caller's own thread takes part on request.

import Reactor
import Synchronization

/// Runs a body on several threads.
enum Parallel {
    /// What each returns, in order; the first error of any is thrown.
    ///
    /// `meanwhile` runs on the caller's thread.
    static func run<Value: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (Int) throws -> Value,
        meanwhile: () throws -> Void = {}
    ) throws -> [Value] {
        let results = Results<Value>(count: count)
        let threads = try (0..<count).map { index in
            try Thread(name: "test \(index)") {
                let result = Result { try body(index) }
                results.values.withLock { $0[index] = result }
            }
        }
        let other = Result { try meanwhile() }
        for thread in threads { thread.join() }
        try other.get()
        return try results.values.withLock { values in
            try values.map { value in
                guard let value else { throw TestFailure(reason: "a thread gave nothing") }
                return try value.get()
            }
        }
    }

    private final class Results<Value: Sendable>: Sendable {
        let values: Mutex<[Result<Value, any Error>?]>

        init(count: Int) {
            values = Mutex([Result<Value, any Error>?](repeating: nil, count: count))
        }
    }
}

/// A number that threads of a test share.
final class SharedCount: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .acquiring) }

    func increment() { count.add(1, ordering: .acquiringAndReleasing) }
}
