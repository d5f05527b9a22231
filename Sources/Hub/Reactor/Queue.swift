// First in, first out, in an array with a moving front: nothing is shifted for each one taken.

/// A queue.
///
/// Public and inlinable for the reason that a mailbox is.
public struct Queue<Element> {
    @usableFromInline var elements: [Element?] = []
    @usableFromInline var front = 0

    /// An empty one.
    @inlinable public init() {}

    /// Whether nothing waits.
    @inlinable public var isEmpty: Bool { front == elements.count }

    /// How many wait.
    @inlinable public var count: Int { elements.count - front }

    /// The one that is next.
    @inlinable public var first: Element? { isEmpty ? nil : elements[front] }

    /// Puts one at the end.
    @inlinable public mutating func append(_ element: Element) {
        elements.append(element)
    }

    /// Takes the next.
    @inlinable public mutating func popFirst() -> Element? {
        guard front < elements.count else { return nil }
        let element = elements[front]
        elements[front] = nil
        front += 1
        if front == elements.count {
            removeAll()
        } else if front >= Queue.compactionCount, front * 2 >= elements.count {
            elements.removeFirst(front)
            front = 0
        }
        return element
    }

    /// Changes the next, if there is one.
    @inlinable public mutating func updateFirst(_ change: (inout Element) -> Void) {
        guard var element = first else { return }
        change(&element)
        elements[front] = element
    }

    /// Empties it.
    @inlinable public mutating func removeAll() {
        elements.removeAll(keepingCapacity: true)
        front = 0
    }

    @inlinable static var compactionCount: Int { 64 }
}
