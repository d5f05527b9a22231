// What the store thread has to say to the loops at the end of a turn, and in which order they hear
// it: who is answered by one loop, or has seen there that somebody was erased, must find the same
// at another.

/// The mail of one turn, by loop.
struct Outboxes {
    private var boxes: [[StoreMail]]
    private var hasCommitted = false

    /// No mail for so many loops.
    init(loopCount: Int) {
        boxes = [[StoreMail]](repeating: [], count: loopCount)
    }

    /// Mail for one loop.
    mutating func add(_ mail: StoreMail, for loop: Int) {
        boxes[loop].append(mail)
    }

    /// Mail for every loop.
    mutating func addForAll(_ mail: StoreMail) {
        for loop in boxes.indices { boxes[loop].append(mail) }
    }

    /// Something was committed; every loop is told, once, after all else.
    mutating func noteCommitted() {
        hasCommitted = true
    }

    /// Empties the boxes: what to post, in this order.
    ///
    /// Every loop has each piece of the log's news before any has what comes after it.
    mutating func take() -> [(loop: Int, mail: [StoreMail])] {
        if hasCommitted { addForAll(.committed) }
        hasCommitted = false
        var posts: [(loop: Int, mail: [StoreMail])] = []
        if boxes.count > 1 {
            takeFirst(into: &posts) { mail in
                switch mail {
                case .replace, .access: true
                default: false
                }
            }
            takeFirst(into: &posts) { if case .append = $0 { true } else { false } }
        }
        for loop in boxes.indices where !boxes[loop].isEmpty {
            posts.append((loop, boxes[loop]))
            boxes[loop].removeAll(keepingCapacity: true)
        }
        return posts
    }

    /// Takes what each box begins with, if something else follows.
    private mutating func takeFirst(
        into posts: inout [(loop: Int, mail: [StoreMail])], _ isNews: (StoreMail) -> Bool
    ) {
        for loop in boxes.indices {
            let news = boxes[loop].prefix(while: isNews)
            guard !news.isEmpty, news.count < boxes[loop].count else { continue }
            posts.append((loop, Array(news)))
            boxes[loop].removeFirst(news.count)
        }
    }
}
