// Lists of C strings for calls that take `const char *const *`: one block, NUL-terminated, freed
// when the call is over.

import Glibc

/// Calls a function with an array of C strings that ends with a null pointer.
func withCStrings<Value>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
) -> Value {
    var block: [CChar] = []
    var offsets: [Int] = []
    for string in strings {
        offsets.append(block.count)
        block.append(contentsOf: string.utf8.map { CChar(bitPattern: $0) })
        block.append(0)
    }
    return unsafe block.withUnsafeBufferPointer { buffer in
        var pointers: [UnsafePointer<CChar>?] = unsafe offsets.map { offset in
            unsafe buffer.baseAddress.map { unsafe $0 + offset }
        }
        unsafe pointers.append(nil)
        return unsafe pointers.withUnsafeBufferPointer { list in
            guard let first = list.baseAddress else {
                preconditionFailure("a list with its end has an address")
            }
            return unsafe body(first)
        }
    }
}
