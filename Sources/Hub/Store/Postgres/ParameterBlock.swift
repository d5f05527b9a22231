// Parameters as libpq wants them: three parallel arrays, and one block that holds the bytes.

/// Calls a function with the pointers, lengths and formats of parameters.
func withParameters<Value>(
    _ parameters: [Parameter],
    _ body: (
        UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
    ) -> Value
) -> Value {
    var block: [UInt8] = []
    var offsets: [Int?] = []
    var lengths: [Int32] = []
    var formats: [Int32] = []
    block.reserveCapacity(parameters.reduce(1) { $0 + $1.byteCount + 1 })
    for parameter in parameters {
        switch parameter {
        case .null: offsets.append(nil)
        case .text(let bytes), .binary(let bytes):
            offsets.append(block.count)
            block.append(contentsOf: bytes)
            block.append(0)
        }
        lengths.append(Int32(parameter.byteCount))
        formats.append(parameter.isText ? 0 : 1)
    }
    block.append(0)
    return unsafe block.withUnsafeBytes { buffer in
        let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
        let values: [UnsafePointer<CChar>?] = unsafe offsets.map { offset in
            guard let offset else { return nil }
            return unsafe start.map { unsafe $0 + offset }
        }
        return unsafe values.withUnsafeBufferPointer { values in
            unsafe lengths.withUnsafeBufferPointer { lengths in
                unsafe formats.withUnsafeBufferPointer { formats in
                    unsafe body(values.baseAddress, lengths.baseAddress, formats.baseAddress)
                }
            }
        }
    }
}

extension Parameter {
    fileprivate var byteCount: Int {
        switch self {
        case .null: 0
        case .text(let bytes), .binary(let bytes): bytes.count
        }
    }

    fileprivate var isText: Bool {
        if case .text = self { return true }
        return false
    }
}
