// JSON Schemas (draft 2020-12) as values: what a document says of a member, and an example that
// satisfies it. Schemas with a name stand once, under the document's components, and are referred
// to everywhere else.

import Domain
import Store

/// A JSON Schema with an example of what it describes.
struct JSONSchema: Sendable {
    /// The name among the document's components; nil for one that is written where it is used.
    let name: String?
    /// A value that satisfies it.
    private(set) var sample: FieldValue
    private var type: String?
    private var isNullable = false
    private var isClosed = false
    private var keywords: [FieldMember] = []
    /// The members of an object.
    private(set) var properties: [Property] = []
    private var items: [JSONSchema] = []
    /// Schemas of which one must hold.
    private(set) var alternatives: [JSONSchema] = []

    /// A member of an object.
    struct Property: Sendable {
        let name: String
        let schema: JSONSchema
        var isRequired = true
        /// Whether the example of the object has it.
        var isShown = true

        /// One that is always there.
        static func required(_ name: String, _ schema: JSONSchema) -> Property {
            Property(name: name, schema: schema)
        }

        /// One that may be left out.
        static func optional(_ name: String, _ schema: JSONSchema, shown: Bool = false) -> Property
        {
            Property(name: name, schema: schema, isRequired: false, isShown: shown)
        }
    }

    private init(name: String? = nil, type: String?, sample: FieldValue) {
        self.name = name
        self.type = type
        self.sample = sample
    }

    /// A text; limits count Unicode scalars, as JSON Schema does.
    static func string(
        _ sample: String, min: Int? = nil, max: Int? = nil, pattern: String? = nil,
        format: String? = nil
    ) -> JSONSchema {
        var schema = JSONSchema(type: "string", sample: .string(sample))
        if let min { schema.add("minLength", .integer(min)) }
        if let max { schema.add("maxLength", .integer(max)) }
        if let pattern { schema.add("pattern", .string(pattern)) }
        if let format { schema.add("format", .string(format)) }
        return schema
    }

    /// One of some words.
    static func words(_ words: [String]) -> JSONSchema {
        var schema = JSONSchema(type: "string", sample: words.first.map { .string($0) } ?? .null)
        schema.add("enum", .array(words.map { .string($0) }))
        return schema
    }

    /// One of the words of a type.
    static func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) -> JSONSchema
    where Choice.RawValue == String {
        words(type.allCases.map(\.rawValue))
    }

    /// A whole number.
    static func integer(_ sample: Int, _ range: ClosedRange<Int>? = nil) -> JSONSchema {
        var schema = JSONSchema(type: "integer", sample: .integer(sample))
        if let range {
            schema.add("minimum", .integer(range.lowerBound))
            schema.add("maximum", .integer(range.upperBound))
        }
        return schema
    }

    /// A number.
    static func number(_ sample: Double, _ range: ClosedRange<Int>? = nil) -> JSONSchema {
        var schema = JSONSchema(type: "number", sample: .real(sample))
        if let range {
            schema.add("minimum", .integer(range.lowerBound))
            schema.add("maximum", .integer(range.upperBound))
        }
        return schema
    }

    /// A truth.
    static func flag(_ sample: Bool = false) -> JSONSchema {
        JSONSchema(type: "boolean", sample: .bool(sample))
    }

    /// Nothing: a value that is always null.
    static let null = JSONSchema(type: "null", sample: .null)

    /// This value and no other.
    static func constant(_ value: FieldValue) -> JSONSchema {
        JSONSchema(type: nil, sample: value).with("const", value)
    }

    /// Any JSON value.
    static func any(_ sample: FieldValue = .null) -> JSONSchema {
        JSONSchema(type: nil, sample: sample)
    }

    /// A list, its example of one element.
    static func list(of items: JSONSchema, min: Int? = nil, max: Int? = nil) -> JSONSchema {
        var schema = JSONSchema(type: "array", sample: .array([items.sample]))
        schema.items = [items]
        if let min { schema.add("minItems", .integer(min)) }
        if let max { schema.add("maxItems", .integer(max)) }
        return schema
    }

    /// An object whose other members may grow: clients ignore what they don't know.
    static func object(_ properties: [Property]) -> JSONSchema { object(nil, properties) }

    /// The same with a name.
    static func object(_ name: String?, _ properties: [Property]) -> JSONSchema {
        var schema = JSONSchema(name: name, type: "object", sample: .object([]))
        schema.properties = properties
        schema.sample = .object(
            properties.filter { $0.isRequired || $0.isShown }
                .map { FieldMember($0.name, $0.schema.sample) })
        return schema
    }

    /// An object with these members and no others, as bodies are: an unknown one is a refusal.
    static func body(_ name: String, _ properties: [Property]) -> JSONSchema {
        var schema = object(name, properties)
        schema.isClosed = true
        return schema
    }

    /// An object of any members.
    static func map(of values: JSONSchema? = nil, sample: FieldValue) -> JSONSchema {
        var schema = JSONSchema(type: "object", sample: sample)
        if let values { schema.add("additionalProperties", values.tree) }
        return schema
    }

    /// One of several; the example is the first one's.
    static func anyOf(_ alternatives: [JSONSchema]) -> JSONSchema { anyOf(nil, alternatives) }

    /// The same with a name.
    static func anyOf(_ name: String?, _ alternatives: [JSONSchema]) -> JSONSchema {
        var schema = JSONSchema(
            name: name, type: nil, sample: alternatives.first?.sample ?? .null)
        schema.alternatives = alternatives
        return schema
    }

    /// Whether null satisfies it.
    var allowsNull: Bool {
        isNullable || type == "null" || alternatives.contains { $0.allowsNull }
            || (type == nil && alternatives.isEmpty && keywords.isEmpty)
    }

    /// The same, or null.
    var orNull: JSONSchema {
        if name != nil { return .anyOf([self, .null]) }
        var schema = self
        schema.isNullable = true
        return schema
    }

    /// The same with another example.
    func example(_ sample: FieldValue) -> JSONSchema {
        var schema = self
        schema.sample = sample
        return schema
    }

    /// The same with words for people.
    func described(_ text: String) -> JSONSchema { with("description", .string(text)) }

    /// The same with one more keyword.
    func with(_ keyword: String, _ value: FieldValue) -> JSONSchema {
        var schema = self
        schema.add(keyword, value)
        return schema
    }

    private mutating func add(_ keyword: String, _ value: FieldValue) {
        keywords.append(FieldMember(keyword, value))
    }

    /// What stands where it is used: itself, or a reference to where it stands.
    var tree: FieldValue {
        guard let name else { return definition }
        return .object([FieldMember("$ref", .string("#/components/schemas/" + name))])
    }

    /// The schema itself.
    var definition: FieldValue {
        var members: [FieldMember] = []
        if let type {
            members.append(
                FieldMember(
                    "type", isNullable ? .array([.string(type), .string("null")]) : .string(type)))
        }
        for keyword in keywords {
            guard isNullable, keyword.name == "enum", case .array(let words) = keyword.value else {
                members.append(keyword)
                continue
            }
            members.append(FieldMember("enum", .array(words + [.null])))
        }
        if let first = items.first { members.append(FieldMember("items", first.tree)) }
        if !alternatives.isEmpty {
            members.append(FieldMember("anyOf", .array(alternatives.map(\.tree))))
        }
        if !properties.isEmpty || isClosed {
            members.append(
                FieldMember(
                    "properties",
                    .object(properties.map { FieldMember($0.name, $0.schema.tree) })))
            let required = properties.filter(\.isRequired).map { FieldValue.string($0.name) }
            if !required.isEmpty { members.append(FieldMember("required", .array(required))) }
            if isClosed { members.append(FieldMember("additionalProperties", .bool(false))) }
        }
        if name != nil { members.append(FieldMember("examples", .array([sample]))) }
        return .object(members)
    }

    /// Adds every schema with a name, itself and those inside it, to a document's components.
    func collect(into components: inout [String: JSONSchema]) {
        if let name {
            guard components[name] == nil else { return }
            components[name] = self
        }
        for property in properties { property.schema.collect(into: &components) }
        for schema in items + alternatives { schema.collect(into: &components) }
    }
}

extension FieldValue {
    /// An object of some members.
    static func members(_ members: (String, FieldValue)...) -> FieldValue {
        .object(members.map { FieldMember($0.0, $0.1) })
    }

    /// A list of texts.
    static func texts(_ texts: [String]) -> FieldValue { .array(texts.map { .string($0) }) }
}
