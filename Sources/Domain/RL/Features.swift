// What is known about a subject when it is scored: named numbers and categories, as a client or an
// entity gives them. Each carries the hash by which the model finds its place in the vector, so
// that text is read once and never on the path of a score.

/// The value of one feature.
package enum FeatureValue: Equatable, Sendable {
    /// A quantity; the model standardizes it.
    case number(Double)
    /// One of several kinds; each becomes a yes or no of its own.
    case category(String)
}

/// A named value.
package struct Feature: Equatable, Sendable {
    package let name: String
    package let value: FeatureValue
    /// The hash of the name and, for a category, of its value.
    package let key: UInt64

    package init(_ name: String, _ value: FeatureValue) {
        self.name = name
        self.value = value
        var hash = FeatureHash()
        hash.add(name)
        if case .category(let category) = value {
            hash.addSeparator()
            hash.add(category)
        }
        key = hash.value
    }

    package init(_ name: String, _ number: Double) {
        self.init(name, .number(number))
    }

    package init(_ name: String, _ category: String) {
        self.init(name, .category(category))
    }

    /// A yes or no, taken as the number 1 or 0.
    package init(_ name: String, _ flag: Bool) {
        self.init(name, .number(flag ? 1 : 0))
    }
}

/// The features of one subject, in the order of their names and each name once.
package struct Features: Equatable, Sendable {
    /// More than a vector can hold; what follows in the order of names is left out.
    package static let countMax = 256

    package let list: [Feature]

    /// Orders the features; of two with one name the later counts, and a number that is not finite
    /// counts as absent.
    package init(_ features: [Feature]) {
        let finite = features.enumerated().filter { entry in
            guard case .number(let number) = entry.element.value else { return true }
            return number.isFinite
        }
        let ordered = finite.sorted { left, right in
            (left.element.name, left.offset) < (right.element.name, right.offset)
        }
        var list: [Feature] = []
        list.reserveCapacity(min(ordered.count, Features.countMax))
        for entry in ordered {
            if let last = list.last, last.name == entry.element.name {
                list[list.count - 1] = entry.element
            } else if list.count < Features.countMax {
                list.append(entry.element)
            } else {
                break
            }
        }
        self.list = list
    }

    /// Nothing known.
    package static let none = Features([])
}

/// FNV-1a, 64 bits: the same on every machine and run, unlike Swift's own hashes.
struct FeatureHash {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte) }
    }

    /// A byte that no UTF-8 text holds, so that «ab» + «c» is not «a» + «bc».
    mutating func addSeparator() {
        add(0xFF)
    }

    private mutating func add(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
    }
}
