// Parameters of statements, in Postgres' binary formats, so that nothing is quoted or parsed.
// An array goes as one parameter (array_send in Postgres' arrayfuncs.c): dimensions, a flag for
// nulls, the element type, then each element with its length.

import CPostgres
package import Domain

/// The value of one parameter.
package enum Parameter: Sendable, Equatable {
    /// NULL.
    case null
    /// In text format: whatever the type's input function reads. Must not contain a zero byte.
    case text([UInt8])
    /// In the type's binary format.
    case binary([UInt8])

    /// A text, which must not contain U+0000; nil is NULL.
    package static func text(_ value: String?) -> Parameter {
        guard let value else { return .null }
        return .binary(Array(value.utf8))
    }

    /// A `bytea`; nil is NULL.
    package static func bytea(_ value: [UInt8]?) -> Parameter {
        guard let value else { return .null }
        return .binary(value)
    }

    /// An `int8`; nil is NULL.
    package static func int8(_ value: Int64?) -> Parameter {
        number(value) { UInt64(bitPattern: $0) }
    }

    /// An `int4`; nil is NULL.
    package static func int4(_ value: Int32?) -> Parameter {
        number(value) { UInt32(bitPattern: $0) }
    }

    /// An `int2`; nil is NULL.
    package static func int2(_ value: Int16?) -> Parameter {
        number(value) { UInt16(bitPattern: $0) }
    }

    /// A `float8`; nil is NULL.
    package static func float8(_ value: Double?) -> Parameter {
        number(value) { $0.bitPattern }
    }

    /// A `bool`; nil is NULL.
    package static func bool(_ value: Bool?) -> Parameter {
        number(value) { $0 ? 1 as UInt8 : 0 }
    }

    /// A `uuid`; nil is NULL.
    package static func uuid(_ value: UniqueID?) -> Parameter {
        guard let value else { return .null }
        var bytes: [UInt8] = []
        BigEndian.append(value.high, to: &bytes)
        BigEndian.append(value.low, to: &bytes)
        return .binary(bytes)
    }

    /// A `timestamptz`; nil is NULL.
    package static func timestamptz(_ value: Timestamp?) -> Parameter {
        number(value) { UInt64(bitPattern: PostgresTime.microseconds($0)) }
    }

    private static func number<Value, Bits: FixedWidthInteger>(
        _ value: Value?, _ bits: (Value) -> Bits
    ) -> Parameter {
        guard let value else { return .null }
        var bytes: [UInt8] = []
        BigEndian.append(bits(value), to: &bytes)
        return .binary(bytes)
    }
}

extension Parameter {
    /// A `uuid[]`.
    package static func uuids(_ values: some Collection<UniqueID?>) -> Parameter {
        array(of: PostgresType.uuid, values) { value, output in
            BigEndian.append(value.high, to: &output)
            BigEndian.append(value.low, to: &output)
        }
    }

    /// An `int8[]`.
    package static func int8s(_ values: some Collection<Int64?>) -> Parameter {
        array(of: PostgresType.int8, values) { BigEndian.append(UInt64(bitPattern: $0), to: &$1) }
    }

    /// An `int4[]`.
    package static func int4s(_ values: some Collection<Int32?>) -> Parameter {
        array(of: PostgresType.int4, values) { BigEndian.append(UInt32(bitPattern: $0), to: &$1) }
    }

    /// An `int2[]`.
    package static func int2s(_ values: some Collection<Int16?>) -> Parameter {
        array(of: PostgresType.int2, values) { BigEndian.append(UInt16(bitPattern: $0), to: &$1) }
    }

    /// A `float8[]`.
    package static func float8s(_ values: some Collection<Double?>) -> Parameter {
        array(of: PostgresType.float8, values) { BigEndian.append($0.bitPattern, to: &$1) }
    }

    /// A `bool[]`.
    package static func bools(_ values: some Collection<Bool?>) -> Parameter {
        array(of: PostgresType.bool, values) { $1.append($0 ? 1 : 0) }
    }

    /// A `text[]`; no element contains U+0000.
    package static func texts(_ values: some Collection<String?>) -> Parameter {
        array(of: PostgresType.text, values) { $1.append(contentsOf: $0.utf8) }
    }

    /// A `text[]` of UTF-8; no element contains a zero byte.
    package static func texts(utf8 values: some Collection<[UInt8]?>) -> Parameter {
        array(of: PostgresType.text, values) { $1.append(contentsOf: $0) }
    }

    /// A `bytea[]`.
    package static func byteas(_ values: some Collection<[UInt8]?>) -> Parameter {
        array(of: PostgresType.bytea, values) { $1.append(contentsOf: $0) }
    }

    /// A `timestamptz[]`.
    package static func timestamptzs(_ values: some Collection<Timestamp?>) -> Parameter {
        array(of: PostgresType.timestamptz, values) {
            BigEndian.append(UInt64(bitPattern: PostgresTime.microseconds($0)), to: &$1)
        }
    }

    private static func array<Value>(
        of type: Oid, _ values: some Collection<Value?>,
        append: (Value, inout [UInt8]) -> Void
    ) -> Parameter {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20 + values.count * 24)
        BigEndian.append(UInt32(values.isEmpty ? 0 : 1), to: &bytes)
        BigEndian.append(UInt32(values.contains { $0 == nil } ? 1 : 0), to: &bytes)
        BigEndian.append(type, to: &bytes)
        guard !values.isEmpty else { return .binary(bytes) }
        BigEndian.append(UInt32(values.count), to: &bytes)
        BigEndian.append(UInt32(1), to: &bytes)
        for value in values {
            guard let value else {
                BigEndian.append(UInt32.max, to: &bytes)
                continue
            }
            let lengthAt = bytes.count
            BigEndian.append(UInt32(0), to: &bytes)
            append(value, &bytes)
            let length = UInt32(bytes.count - lengthAt - 4)
            for byte in 0..<4 {
                bytes[lengthAt + byte] = UInt8(truncatingIfNeeded: length >> UInt32(24 - byte * 8))
            }
        }
        return .binary(bytes)
    }
}

/// Network byte order.
enum BigEndian {
    /// Appends a number's bytes, the highest first.
    static func append<Value: FixedWidthInteger>(_ value: Value, to output: inout [UInt8]) {
        var shift = Value.bitWidth
        while shift > 0 {
            shift -= 8
            output.append(UInt8(truncatingIfNeeded: value >> Value(truncatingIfNeeded: shift)))
        }
    }
}

/// Postgres counts microseconds from 2000-01-01 UTC.
enum PostgresTime {
    /// 2000-01-01 in milliseconds since 1970.
    private static let zeroMilliseconds: Int64 = 946_684_800_000
    /// The same in microseconds.
    static let zeroMicroseconds = zeroMilliseconds * 1_000

    /// A moment as Postgres stores it.
    static func microseconds(_ time: Timestamp) -> Int64 {
        (time.milliseconds - zeroMilliseconds) * 1_000
    }

    /// What Postgres stored, rounded down to milliseconds.
    static func timestamp(microseconds: Int64) -> Timestamp {
        let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000)
        return Timestamp(
            milliseconds: quotient - (remainder < 0 ? 1 : 0) + zeroMilliseconds)
    }
}
