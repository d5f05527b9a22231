// JSON as it is written, and read back.

import Foundation
import Testing
import Wire

@Suite struct JSONWriterTests {
    @Test func `commas come by themselves`() {
        var writer = JSONWriter(reserving: 16)
        writer.beginObject()
        writer.name("id")
        writer.string("a")
        writer.name("list")
        writer.beginArray()
        writer.integer(1)
        writer.integer(Int.min)
        writer.beginObject()
        writer.endObject()
        writer.beginArray()
        writer.endArray()
        writer.null()
        writer.endArray()
        writer.name("yes")
        writer.bool(true)
        writer.name("no")
        writer.bool(false)
        writer.name("raw")
        writer.raw(utf8("[0]"))
        writer.name("part")
        writer.raw(utf8("x{}y")[1...2])
        writer.name("position")
        writer.quotedInteger(UInt64.max)
        writer.name("bytes")
        writer.utf8(utf8("é"))
        writer.endObject()
        #expect(
            text(writer.bytes)
                == "{\"id\":\"a\",\"list\":[1,-9223372036854775808,{},[],null],\"yes\":true,"
                + "\"no\":false,\"raw\":[0],\"part\":{},\"position\":\"18446744073709551615\","
                + "\"bytes\":\"é\"}")
    }

    @Test func `lines of NDJSON have no commas between them`() {
        var writer = JSONWriter()
        for number in 1...3 {
            writer.beginArray()
            writer.integer(number)
            writer.endArray()
            writer.newline()
        }
        #expect(text(writer.bytes) == "[1]\n[2]\n[3]\n")
    }

    @Test func `every character reads back as it was written`() throws {
        let all = (0...0x24F).compactMap(Unicode.Scalar.init) + ["\u{2028}", "€", "😀"]
        let original = String(String.UnicodeScalarView(all))
        var writer = JSONWriter()
        writer.string(original)
        let document = try JSONDocument(writer.bytes)
        #expect(document.string(document.root) == original)
        let foundation = try JSONDecoder().decode(String.self, from: Data(writer.bytes))
        #expect(foundation == original)
        #expect(!writer.bytes.contains { $0 < 0x20 })
    }

    @Test func `numbers read back as they were, and what is no number is null`() throws {
        for value in [
            0, -1.5, 0.1, 1e21, Double.leastNonzeroMagnitude, Double.greatestFiniteMagnitude,
        ] {
            var writer = JSONWriter()
            writer.number(value)
            let document = try JSONDocument(writer.bytes)
            #expect(document.numberText(document.root).flatMap(Double.init) == value)
        }
        var writer = JSONWriter()
        writer.number(.nan)
        #expect(text(writer.bytes) == "null")
    }
}
