// JSON as the tests look at it: a value that can be asked for anything and says nil where there is
// nothing. Parsed by Foundation, so that the hub's own scanner isn't judged by itself.

import Foundation

/// A JSON value.
struct JSON: CustomStringConvertible {
    private let value: Any?

    /// The value of a text; of no value when it is not JSON.
    init(_ bytes: some Sequence<UInt8>) {
        value = try? JSONSerialization.jsonObject(
            with: Data(bytes), options: [.fragmentsAllowed])
    }

    private init(value: Any?) {
        self.value = value
    }

    /// The member of an object.
    subscript(name: String) -> JSON { JSON(value: (value as? [String: Any])?[name]) }

    /// The element of an array.
    subscript(index: Int) -> JSON {
        let elements = array
        return elements.indices.contains(index) ? elements[index] : JSON(value: nil)
    }

    /// Whether there is a value at all, null included.
    var exists: Bool { value != nil }
    /// Whether it is null.
    var isNull: Bool { value is NSNull }
    /// A string's text.
    var string: String? { value as? String }
    /// A whole number; `true` is none.
    var int: Int? { bool == nil ? (value as? NSNumber)?.intValue : nil }
    /// Any number; `true` is none.
    var double: Double? { bool == nil ? (value as? NSNumber)?.doubleValue : nil }
    /// `true` or `false`, never a number.
    var bool: Bool? {
        guard let number = value as? NSNumber, String(cString: number.objCType) == "c" else {
            return nil
        }
        return number.boolValue
    }
    /// An array's elements; none for anything else.
    var array: [JSON] { (value as? [Any] ?? []).map { JSON(value: $0) } }
    /// The strings of an array.
    var strings: [String] { array.compactMap(\.string) }
    /// The names of an object's members, sorted.
    var names: [String] { (value as? [String: Any] ?? [:]).keys.sorted() }

    /// For a call whose answer doesn't matter.
    func discard() {}

    var description: String { value.map { "\($0)" } ?? "nothing" }
}
