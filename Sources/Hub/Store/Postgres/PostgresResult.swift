// The rows of one statement, in binary format. Reads cells where libpq keeps them; nothing is
// copied until a value is asked for. A wrong column or type is a bug of ours and traps.

import CPostgres
package import Domain

/// A result of libpq, freed when it goes.
@safe
package final class PostgresResult {
    private let result: OpaquePointer

    /// Takes over a result.
    init(owning result: OpaquePointer) {
        unsafe self.result = result
    }

    deinit {
        unsafe PQclear(result)
    }

    /// How many rows there are.
    package var rowCount: Int { Int(unsafe PQntuples(result)) }

    /// How many rows an INSERT, UPDATE or DELETE touched.
    package var affectedCount: Int {
        guard let text = unsafe PQcmdTuples(result) else { return 0 }
        return unsafe Int(String(cString: text)) ?? 0
    }

    /// Whether a cell is NULL.
    package func isNull(_ row: Int, _ column: Int) -> Bool {
        check(row, column)
        return unsafe PQgetisnull(result, Int32(row), Int32(column)) == 1
    }

    /// An `int2`, `int4` or `int8`.
    package func int64(_ row: Int, _ column: Int) -> Int64 {
        cell(row, column) { bytes in
            switch bytes.byteCount {
            case 2: Int64(Int16(truncatingIfNeeded: number(bytes)))
            case 4: Int64(Int32(truncatingIfNeeded: number(bytes)))
            case 8: Int64(bitPattern: number(bytes))
            default: preconditionFailure("an integer has 2, 4 or 8 bytes")
            }
        }
    }

    /// A position: an `int8` that is not negative.
    package func position(_ row: Int, _ column: Int) -> UInt64 {
        UInt64(int64(row, column))
    }

    /// A `float8`.
    package func float64(_ row: Int, _ column: Int) -> Double {
        cell(row, column) { Double(bitPattern: number($0)) }
    }

    /// A `bool`.
    package func bool(_ row: Int, _ column: Int) -> Bool {
        cell(row, column) { number($0) == 1 }
    }

    /// A `text`.
    package func text(_ row: Int, _ column: Int) -> String {
        cell(row, column) { bytes in
            unsafe bytes.withUnsafeBytes {
                unsafe String(decoding: $0, as: UTF8.self)
            }
        }
    }

    /// A `text` that may be NULL.
    package func optionalText(_ row: Int, _ column: Int) -> String? {
        isNull(row, column) ? nil : text(row, column)
    }

    /// The bytes of a `text` or `bytea`.
    package func bytes(_ row: Int, _ column: Int) -> [UInt8] {
        cell(row, column) { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
    }

    /// A `uuid`.
    package func uuid(_ row: Int, _ column: Int) -> UniqueID {
        cell(row, column) { bytes in
            precondition(bytes.byteCount == 16, "a uuid has 16 bytes")
            return UniqueID(
                high: number(bytes.extracting(0..<8)), low: number(bytes.extracting(8..<16)))
        }
    }

    /// A `timestamptz`, rounded down to milliseconds.
    package func timestamp(_ row: Int, _ column: Int) -> Timestamp {
        PostgresTime.timestamp(microseconds: int64(row, column))
    }

    /// A `text[]` of one dimension without NULLs.
    package func texts(_ row: Int, _ column: Int) -> [String] {
        let bytes = bytes(row, column)
        func word(_ offset: Int) -> Int {
            bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        guard word(0) > 0 else { return [] }
        precondition(word(0) == 1 && word(4) == 0, "a text array has one dimension and no nulls")
        var texts: [String] = []
        var offset = 20
        for _ in 0..<word(12) {
            let end = offset + 4 + word(offset)
            texts.append(String(decoding: bytes[(offset + 4)..<end], as: UTF8.self))
            offset = end
        }
        return texts
    }

    private func cell<Value>(
        _ row: Int, _ column: Int, _ read: (RawSpan) -> Value
    ) -> Value {
        precondition(!isNull(row, column), "a cell that was read is NULL")
        let count = Int(unsafe PQgetlength(result, Int32(row), Int32(column)))
        let start = unsafe UnsafeRawPointer(PQgetvalue(result, Int32(row), Int32(column)))
        let buffer = unsafe UnsafeRawBufferPointer(start: start, count: count)
        return unsafe read(buffer.bytes)
    }

    private func number(_ bytes: RawSpan) -> UInt64 {
        var value: UInt64 = 0
        for index in bytes.byteOffsets {
            value =
                value << 8 | UInt64(unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self))
        }
        return value
    }

    private func check(_ row: Int, _ column: Int) {
        precondition(
            row >= 0 && row < rowCount && column >= 0
                && column < Int(unsafe PQnfields(result)),
            "a cell is in the result")
    }
}
