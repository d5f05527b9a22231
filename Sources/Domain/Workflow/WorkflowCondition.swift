// A condition of a workflow rule: a place in the event, how to compare, and with what. Never an
// error: what can't be compared does not hold.

/// How a value is compared.
package enum ConditionOperator: String, CaseIterable, Sendable {
    case eq, ne, gt, gte, lt, lte
    /// The value is one of a list.
    case `in`
    /// There is a value that is not null; compared with `false`: there is none.
    case exists
    /// A text holds a text, or a list an element.
    case contains
}

/// One condition.
package struct WorkflowCondition: Equatable, Sendable {
    /// `type`, `subject`, `actor`, or a place such as `data.payload.level`.
    package let path: String
    package let operation: ConditionOperator
    package let value: FieldValue

    package init(_ path: String, _ operation: ConditionOperator, _ value: FieldValue) {
        self.path = path
        self.operation = operation
        self.value = value
    }

    /// Whether an event meets it.
    package func holds(for input: ProcessorInput) -> Bool {
        let found = input.value(at: path)
        switch operation {
        case .exists:
            let isThere = found.map { $0 != .null } ?? false
            return isThere == (value.bool ?? true)
        case .eq: return found.map { isEqual($0, value) } ?? (value == .null)
        case .ne: return !(found.map { isEqual($0, value) } ?? (value == .null))
        case .gt: return compare(found) { $0 > $1 }
        case .gte: return compare(found) { $0 >= $1 }
        case .lt: return compare(found) { $0 < $1 }
        case .lte: return compare(found) { $0 <= $1 }
        case .in:
            guard let found, case .array(let values) = value else { return false }
            return values.contains { isEqual(found, $0) }
        case .contains:
            switch (found, value) {
            case (.string(let text)?, .string(let part)): return text.contains(part)
            case (.array(let values)?, _): return values.contains { isEqual($0, value) }
            default: return false
            }
        }
    }

    /// Numbers as numbers, also where one is written as a text, as money is.
    private func isEqual(_ left: FieldValue, _ right: FieldValue) -> Bool {
        switch (left, right) {
        case (.number(let a, _), .number(let b, _)): a == b
        case (.number, .string), (.string, .number):
            if let a = left.number, let b = right.number { a == b } else { false }
        default: left == right
        }
    }

    /// Two numbers as numbers, money included; two other texts, such as times, as texts.
    private func compare(_ found: FieldValue?, _ order: (Double, Double) -> Bool) -> Bool {
        guard let found else { return false }
        if let left = found.number, let right = value.number { return order(left, right) }
        guard let left = found.string, let right = value.string else { return false }
        return order(left < right ? -1 : (left == right ? 0 : 1), 0)
    }
}
