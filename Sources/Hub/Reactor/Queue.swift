// First in, first out, in an array with a moving front: nothing is shifted for each one taken.

/// A queue.
package struct Queue<Element> {
    private var elements: [Element?] = []
    private var front = 0

    /// An empty one.
    package init() {}

    /// Whether nothing waits.
    package var isEmpty: Bool { front == elements.count }

    /// How many wait.
    package var count: Int { elements.count - front }

    /// The one that is next.
    package var first: Element? { isEmpty ? nil : elements[front] }

    /// Puts one at the end.
    package mutating func append(_ element: Element) {
        elements.append(element)
    }

    /// Takes the next.
    package mutating func popFirst() -> Element? {
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
    package mutating func updateFirst(_ change: (inout Element) -> Void) {
        guard var element = first else { return }
        change(&element)
        elements[front] = element
    }

    /// Empties it.
    package mutating func removeAll() {
        elements.removeAll(keepingCapacity: true)
        front = 0
    }

    private static var compactionCount: Int { 64 }
}
