// Members of objects in one call each.

import Wire

extension JSONWriter {
    /// A text, or null.
    mutating func member(_ name: StaticString, _ text: String?) {
        self.name(name)
        if let text { string(text) } else { null() }
    }

    /// A text, or null, under a name that needs no escape but is known only now.
    mutating func member(named name: String, _ text: String?) {
        self.name(text: name)
        if let text { string(text) } else { null() }
    }

    /// An integer, or null.
    mutating func member(_ name: StaticString, _ number: Int?) {
        self.name(name)
        if let number { integer(number) } else { null() }
    }

    /// A list of texts.
    mutating func member(_ name: StaticString, _ texts: [String]) {
        self.name(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }

    /// A truth.
    mutating func member(_ name: StaticString, _ flag: Bool) {
        self.name(name)
        bool(flag)
    }
}
