// Snapshots of what was learned: the state as bytes, and back to the same bits. Little endian,
// each number whole, texts and lists after their count; a version in front. Reading trusts nothing:
// what is cut, overlong or of another version gives nil, never a half-read model.

/// Appends values to bytes.
struct ModelWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ value: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func write(_ value: Int) { write(UInt64(value)) }

    mutating func write(_ value: Double) { write(value.bitPattern) }

    mutating func write(_ text: String) {
        write(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    mutating func write(_ id: UniqueID) {
        write(id.high)
        write(id.low)
    }

    mutating func write(_ blocks: [SIMD8<Double>]) {
        write(blocks.count)
        for block in blocks { for lane in 0..<8 { write(block[lane]) } }
    }
}

/// Bytes that are no snapshot.
struct MalformedSnapshot: Error {}

/// Reads values from bytes.
struct ModelReader {
    private let bytes: [UInt8]
    private var next = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { next == bytes.count }

    mutating func word() throws(MalformedSnapshot) -> UInt64 {
        guard bytes.count - next >= 8 else { throw MalformedSnapshot() }
        var value: UInt64 = 0
        for index in 0..<8 { value |= UInt64(bytes[next + index]) << UInt64(8 * index) }
        next += 8
        return value
    }

    /// A count of things that take at least `size` bytes each, so that no lie makes room for more
    /// than was sent.
    mutating func count(size: Int) throws(MalformedSnapshot) -> Int {
        let value = try word()
        guard value <= UInt64((bytes.count - next) / size) else { throw MalformedSnapshot() }
        return Int(value)
    }

    /// A number that is finite: nothing else is ever learned.
    mutating func number() throws(MalformedSnapshot) -> Double {
        let value = Double(bitPattern: try word())
        guard value.isFinite else { throw MalformedSnapshot() }
        return value
    }

    mutating func text() throws(MalformedSnapshot) -> String {
        let count = try count(size: 1)
        guard let text = String(validating: bytes[next..<(next + count)], as: UTF8.self) else {
            throw MalformedSnapshot()
        }
        next += count
        return text
    }

    mutating func id() throws(MalformedSnapshot) -> UniqueID {
        UniqueID(high: try word(), low: try word())
    }

    mutating func blocks() throws(MalformedSnapshot) -> [SIMD8<Double>] {
        let count = try count(size: 64)
        var result: [SIMD8<Double>] = []
        result.reserveCapacity(count)
        for _ in 0..<count {
            var block = SIMD8<Double>.zero
            for lane in 0..<8 { block[lane] = try number() }
            result.append(block)
        }
        return result
    }
}
