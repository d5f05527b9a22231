// Event streams: what the writer writes is what a browser's algorithm reads.

import Testing
import Wire

@Suite struct ServerSentEventTests {
    @Test func `an event is one block of event, id and data`() {
        var output: [UInt8] = []
        ServerSentEvent.append(
            event: "lead_created", id: "5f3a09c1-42", data: utf8("{\"a\":1}"), to: &output)
        #expect(text(output) == "event: lead_created\nid: 5f3a09c1-42\ndata: {\"a\":1}\n\n")
    }

    @Test func `data of several lines comes back as it was`() {
        var output: [UInt8] = []
        ServerSentEvent.append(event: "", id: "", data: utf8("a\r\n\n b\rc\n"), to: &output)
        #expect(text(output) == "data: a\ndata: \ndata:  b\ndata: c\ndata: \n\n")
        #expect(serverSentEvents(output).map { text($0.data) } == ["a\n\n b\nc\n"])
    }

    @Test func `comment, id and retry are blocks that dispatch nothing`() {
        var output: [UInt8] = []
        ServerSentEvent.appendRetry(milliseconds: 3500, to: &output)
        ServerSentEvent.appendComment("", to: &output)
        ServerSentEvent.appendComment("hi", to: &output)
        ServerSentEvent.appendID("5f3a09c1-43", to: &output)
        #expect(text(output) == "retry: 3500\n\n:\n\n: hi\n\nid: 5f3a09c1-43\n\n")
        var parser = ServerSentEventParser()
        var events: [ParsedServerSentEvent] = []
        parser.feed(output.span, into: &events)
        #expect(events.isEmpty)
        #expect(parser.lastEventID == "5f3a09c1-43")
        #expect(parser.retryMilliseconds == 3500)
        #expect(parser.commentCount == 2)
    }

    static let samples = [
        "data: YHOO\ndata: +2\ndata: 10\n\n",
        ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
            + "data:  third event\n\n",
        "data\n\ndata\ndata\n\ndata:",
        "data:test\n\ndata: test\n\n",
        "\u{FEFF}event: add\r\ndata: 73857293\r\n\r\nevent: remove\rdata: 2153\r\r"
            + "retry: 10\ndata: x\n\n",
        "id: 7\nfoo: bar\nretry: 1x\nid: a\u{0}b\ndata: ü\n\n",
    ]

    @Test(arguments: samples)
    func `a stream cut anywhere gives the same events`(_ sample: String) {
        let bytes = utf8(sample)
        let whole = serverSentEvents(bytes)
        #expect(!whole.isEmpty)
        for cuts in everyCut(bytes.count) { #expect(serverSentEvents(bytes, cuts: cuts) == whole) }
    }

    @Test func `the samples of the standard are read as it says`() {
        func data(_ index: Int) -> [String] {
            serverSentEvents(utf8(Self.samples[index])).map { text($0.data) }
        }
        #expect(data(0) == ["YHOO\n+2\n10"])
        #expect(data(1) == ["first event", "second event", " third event"])
        #expect(serverSentEvents(utf8(Self.samples[1])).map(\.id) == ["1", "", ""])
        #expect(data(2) == ["", "\n"])
        #expect(data(3) == ["test", "test"])
        let named = serverSentEvents(utf8(Self.samples[4]))
        #expect(named.map(\.event) == ["add", "remove", "message"])
        #expect(named.map(\.retry) == [nil, nil, 10])
        let last = serverSentEvents(utf8(Self.samples[5]))
        #expect(last.map(\.id) == ["7"])
        #expect(last.map(\.retry) == [nil])
        #expect(data(5) == ["ü"])
    }
}
