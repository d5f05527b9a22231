// A JSON text (RFC 8259), checked whole and read through a flat tape of its values.
// The text is kept as it came: values are ranges of it, a String is made only for what is asked,
// and a part can be passed on to the byte. Lookups walk the tape, so they are linear in the count
// of an object's members, not in the size of what is inside them.

/// A valid JSON text and the values in it.
package struct JSONDocument: Sendable {
    /// The text.
    package let bytes: [UInt8]
    private let tape: [JSONNode]

    /// Checks all of `bytes`: grammar, UTF-8, escapes (a lone surrogate is refused), numbers, depth
    /// and that nothing follows the value.
    package init(_ bytes: [UInt8], depthMax: Int = 64) throws(JSONError) {
        var scanner = JSONScanner(depthMax: depthMax)
        try scanner.scan(bytes.span)
        self.bytes = bytes
        tape = scanner.tape
    }

    /// The value the text is.
    package var root: JSONValue { JSONValue(index: 0) }

    /// What `value` is.
    package func kind(_ value: JSONValue) -> JSONKind { node(value).kind }

    /// The exact text of `value`.
    package func raw(_ value: JSONValue) -> ArraySlice<UInt8> {
        let node = node(value)
        return bytes[Int(node.start)..<Int(node.end)]
    }

    private func node(_ value: JSONValue) -> JSONNode { tape[Int(value.index)] }

    /// The entry after `index` and all inside it.
    private func next(after index: UInt32) -> UInt32 { tape[Int(index)].next }
}

// MARK: - Scalars

extension JSONDocument {
    /// The text of a string, escapes resolved; nil for another kind.
    package func string(_ value: JSONValue) -> String? {
        let node = node(value)
        guard node.kind == .string else { return nil }
        return String(decoding: text(of: node), as: UTF8.self)
    }

    /// `true` or `false`; nil for another kind.
    package func bool(_ value: JSONValue) -> Bool? {
        switch node(value).kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// A number written as an integer (no fraction, no exponent) that fits an `Int`; else nil.
    package func integer(_ value: JSONValue) -> Int? {
        let node = node(value)
        guard node.kind == .number else { return nil }
        var index = Int(node.start)
        let isNegative = bytes[index] == 0x2D
        if isNegative { index += 1 }
        var result = 0
        while index < Int(node.end) {
            let digit = bytes[index] &- 0x30
            if digit > 9 { return nil }
            let (product, tooLarge) = result.multipliedReportingOverflow(by: 10)
            let step = isNegative ? -Int(digit) : Int(digit)
            let (sum, overflow) = product.addingReportingOverflow(step)
            if tooLarge || overflow { return nil }
            result = sum
            index += 1
        }
        return result
    }

    /// The digits of a number as written; nil for another kind.
    package func numberText(_ value: JSONValue) -> String? {
        guard node(value).kind == .number else { return nil }
        return String(decoding: raw(value), as: UTF8.self)
    }

    /// The bytes between the quotes of a string, escapes resolved.
    private func text(of node: JSONNode) -> ArraySlice<UInt8> {
        let inside = bytes[Int(node.start) + 1..<Int(node.end) - 1]
        if !node.isEscaped { return inside }
        return JSONText.unescape(inside)[...]
    }
}

// MARK: - Containers

extension JSONDocument {
    /// The members of an object in their order, repeated names included; empty for another kind.
    package func members(_ value: JSONValue) -> [JSONMember] {
        var result: [JSONMember] = []
        let object = node(value)
        guard object.kind == .object else { return result }
        var index = value.index + 1
        while index < object.next {
            let name = String(decoding: text(of: tape[Int(index)]), as: UTF8.self)
            result.append(JSONMember(name: name, value: JSONValue(index: index + 1)))
            index = next(after: index + 1)
        }
        return result
    }

    /// The first member of an object whose name is `name`, byte for byte; nil if there is none or
    /// the value is no object.
    package func member(_ name: String, of value: JSONValue) -> JSONValue? {
        let object = node(value)
        guard object.kind == .object else { return nil }
        var index = value.index + 1
        while index < object.next {
            if isName(tape[Int(index)], equalTo: name) { return JSONValue(index: index + 1) }
            index = next(after: index + 1)
        }
        return nil
    }

    /// The elements of an array; empty for another kind.
    package func elements(_ value: JSONValue) -> [JSONValue] {
        var result: [JSONValue] = []
        let array = node(value)
        guard array.kind == .array else { return result }
        var index = value.index + 1
        while index < array.next {
            result.append(JSONValue(index: index))
            index = next(after: index)
        }
        return result
    }

    /// The count of an object's members or an array's elements; 0 for another kind.
    package func count(_ value: JSONValue) -> Int {
        let container = node(value)
        guard container.kind == .object || container.kind == .array else { return 0 }
        var count = 0
        var index = value.index + 1
        while index < container.next {
            index = next(after: container.kind == .object ? index + 1 : index)
            count += 1
        }
        return count
    }

    /// The first member name that an object holds again, compared byte for byte; nil if all differ.
    package func duplicateMember(of value: JSONValue) -> String? {
        let object = node(value)
        guard object.kind == .object else { return nil }
        var seen: Set<ArraySlice<UInt8>> = []
        var index = value.index + 1
        while index < object.next {
            let name = text(of: tape[Int(index)])
            if !seen.insert(name).inserted { return String(decoding: name, as: UTF8.self) }
            index = next(after: index + 1)
        }
        return nil
    }

    /// Whether a string or a member name at any depth of `value` holds U+0000, which Postgres text
    /// cannot.
    package func containsNUL(_ value: JSONValue) -> Bool {
        tape[Int(value.index)..<Int(node(value).next)].contains { $0.hasNUL }
    }

    private func isName(_ node: JSONNode, equalTo name: String) -> Bool {
        if node.isEscaped { return text(of: node).elementsEqual(name.utf8) }
        let start = Int(node.start) + 1
        guard Int(node.end) - 1 - start == name.utf8.count else { return false }
        var index = start
        for byte in name.utf8 {
            if bytes[index] != byte { return false }
            index &+= 1
        }
        return true
    }
}

// MARK: - Text

extension JSONDocument {
    /// Appends the exact text of `value` without the white space outside strings: one line, numbers
    /// and escapes as they came.
    package func appendMinified(_ value: JSONValue, to output: inout [UInt8]) {
        let text = raw(value)
        var runStart = text.startIndex
        var index = runStart
        var isInString = false
        while index < text.endIndex {
            let byte = bytes[index]
            if isInString {
                if byte == 0x5C {
                    index &+= 1
                } else if byte == 0x22 {
                    isInString = false
                }
            } else if byte == 0x22 {
                isInString = true
            } else if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
                output.append(contentsOf: bytes[runStart..<index])
                runStart = index &+ 1
            }
            index &+= 1
        }
        output.append(contentsOf: bytes[runStart..<text.endIndex])
    }
}
