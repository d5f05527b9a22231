// Attacks on the head of a request (RFC 9112 §2–§5, RFC 9110 §7.2): other protocols and versions,
// lines that end otherwise, malformed names and values, hosts that two readers tell apart.

extension Attack {
    /// First lines that are no request line.
    static let requestLines: [Attack] = [
        line("two spaces behind the method", "GET  /version HTTP/1.1"),
        line("two spaces behind the target", "GET /version  HTTP/1.1"),
        line("a space behind the version", "GET /version HTTP/1.1 "),
        line("a space before the method", " GET /version HTTP/1.1"),
        line("a tab for a space", "GET\t/version HTTP/1.1"),
        line("no target", "GET HTTP/1.1"),
        line("two targets", "GET /version /healthz HTTP/1.1"),
        line("a version in lower case", "GET /version http/1.1"),
        line("a version without its second number", "GET /version HTTP/1"),
        line("a version with a long second number", "GET /version HTTP/1.10"),
        line("a version that is no number", "GET /version HTTP/x.1"),
        line("a version with a comma", "GET /version HTTP/1,1"),
        line("another protocol's name", "GET /version ICY/1.1"),
        line("a method with a forbidden byte", "G@T /version HTTP/1.1"),
        line("a method with a NUL", "GE\u{0}T /version HTTP/1.1"),
        line("a method that is a colon", ": /version HTTP/1.1"),
        line("a method longer than any", String(repeating: "A", count: 40) + " / HTTP/1.1"),
        line("a request of HTTP/0.9, which has no version", "GET /version"),
        line("a hello of TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{FC}\u{3}\u{3}"),
        line("a greeting of SSH", "SSH-2.0-OpenSSH_9.2"),
        line("a line of the PROXY protocol", "PROXY TCP4 127.0.0.1 127.0.0.1 1 2"),
        line("a binary line of the PROXY protocol", "\u{0}\r\nQUIT\n"),
        line("a command of Redis", "*1\r\n$4\r\nPING"),
        line("a greeting of SMTP", "EHLO hub.test"),
        line("a fragment", "GET /version#x HTTP/1.1"),
        line("a target with a NUL", "GET /version\u{0} HTTP/1.1"),
        line("a target with a control character", "GET /ver\u{1}sion HTTP/1.1"),
        line("a target with a DEL", "GET /version\u{7F} HTTP/1.1"),
        line("a target with a tab", "GET /ver\tsion HTTP/1.1"),
        line("a target that is not ASCII", "GET /versi\u{F6}n HTTP/1.1"),
        line("a target without its slash", "GET version HTTP/1.1"),
        line("an asterisk for a resource", "GET * HTTP/1.1"),
        line("more than an asterisk", "OPTIONS */version HTTP/1.1"),
        line("a target of another scheme", "GET ftp://hub.test/version HTTP/1.1"),
        line("a tunnel to a path", "CONNECT /version HTTP/1.1"),
        line("a tunnel to a URI", "CONNECT http://hub.test/ HTTP/1.1"),
        line("an authority without a tunnel", "GET hub.test:80 HTTP/1.1"),
        Attack(
            "a tunnel, as a proxy would open it",
            Raw.head("CONNECT db.test:5432 HTTP/1.1", "Host: db.test:5432"), 501,
            "not_implemented"),
        Attack(
            "three empty lines before the request", "\r\n\r\n\r\n" + Raw.get("/version"), 400,
            "bad_request_line"),
        .harmless("an empty line before the request", "\r\n" + Raw.get("/version"), 200),
    ]

    /// Versions that are not spoken here.
    static let versions: [Attack] = [
        version("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        version("HTTP/2.0", Raw.request("GET /version HTTP/2.0", [])),
        version("HTTP/3.0", Raw.request("GET /version HTTP/3.0", [])),
        version("HTTP/0.9 with a version", Raw.request("GET /version HTTP/0.9", [])),
        .harmless(
            "a version of HTTP/1 that is not there yet", Raw.request("GET /version HTTP/1.9", []),
            200),
        .harmless(
            "HTTP/1.0 without a Host, which needs none", Raw.head("GET /version HTTP/1.0"), 200,
            .closes),
        .harmless(
            "HTTP/1.0 that wants to go on",
            Raw.head("GET /version HTTP/1.0", "Connection: keep-alive"), 200, .closes),
    ]

    /// Lines that end otherwise, and fields that are malformed.
    static let fields: [Attack] = [
        Attack(
            "line feeds alone end the lines", "GET /version HTTP/1.1\nHost: hub.test\n\n", 400,
            "bad_request_line"),
        Attack(
            "a carriage return alone ends the first line",
            "GET /version HTTP/1.1\rHost: hub.test\r\n\r\n", 400, "bare_carriage_return"),
        Attack(
            "a line feed before the request", "\n" + Raw.get("/version"), 400, "bad_request_line"),
        Attack(
            "a line feed alone ends the head",
            "GET /version HTTP/1.1\r\nHost: hub.test\r\n\n", 400, "bad_header"),
        Attack(
            "a carriage return alone ends a field", Raw.get("/version", "X: y\rZ: z"), 400,
            "bare_carriage_return"),
        Attack(
            "two carriage returns end a field", Raw.get("/version", "X: y\r"), 400,
            "bare_carriage_return"),
        field("a line feed alone ends a field", "X: y\nZ: z"),
        field("a space before the colon", "X : y"),
        field("a tab before the colon", "X\t: y"),
        field("no colon", "X"),
        field("no name", ": y"),
        field("a space in a name", "X Y: z"),
        field("a name in brackets", "(X): y"),
        field("a name with a NUL", "X\u{0}Y: z"),
        field("a name with a vertical tab", "X\u{B}: z"),
        field("a name with a slash", "X/Y: z"),
        field("a name that is not ASCII", "X\u{E9}: y"),
        field("a name that begins with a byte order mark", "\u{EF}\u{BB}\u{BF}X: y"),
        field("a value with a NUL", "X: y\u{0}z"),
        field("a value with a backspace", "X: y\u{8}"),
        field("a value with an escape", "X: \u{1B}[2J"),
        field("a value with a DEL", "X: y\u{7F}"),
        field("a value with a form feed", "X: \u{C}y"),
        Attack(
            "a field goes on behind a space", Raw.get("/version", "X: y", " z"), 400,
            "obsolete_fold"),
        Attack(
            "a field goes on behind a tab", Raw.get("/version", "X: y", "\tz"), 400,
            "obsolete_fold"),
        Attack(
            "a field goes on with nothing", Raw.get("/version", "X: y", " "), 400,
            "obsolete_fold"),
        Attack(
            "the first field is a folded one",
            Raw.head("GET /version HTTP/1.1", " Host: hub.test"), 400, "obsolete_fold"),
        .harmless("a value with bytes that are not ASCII", Raw.get("/version", "X: \u{FF}"), 200),
        .harmless("an empty value", Raw.get("/version", "X:"), 200),
        .harmless(
            "the names of other fields in Connection",
            Raw.get("/crm/leads?limit=1", "Connection: Authorization, Host"), 200),
    ]

    /// Hosts that are none, or of which there is a choice.
    static let hosts: [Attack] = [
        Attack(
            "no Host", Raw.head("GET /version HTTP/1.1", "X: y"), 400, "missing_host"),
        Attack(
            "no Host beside a whole URI", Raw.head("GET http://hub.test/version HTTP/1.1"), 400,
            "missing_host"),
        Attack(
            "two Hosts that differ",
            Raw.head("GET /version HTTP/1.1", "Host: hub.test", "Host: evil.test"), 400,
            "bad_host"),
        Attack(
            "two Hosts that agree",
            Raw.head("GET /version HTTP/1.1", "Host: hub.test", "host: hub.test"), 400, "bad_host"),
        Attack(
            "two Hosts in HTTP/1.0",
            Raw.head("GET /version HTTP/1.0", "Host: hub.test", "Host: evil.test"), 400,
            "bad_host"),
        host("an empty Host", ""), host("a list of Hosts", "hub.test, evil.test"),
        host("a Host with a user", "hub.test@evil.test"),
        host("a Host with a path", "hub.test/version"),
        host("a Host with a query", "hub.test?x"), host("a Host with a scheme", "http://hub.test"),
        host("a Host with a space", "hub.test evil.test"),
        host("a Host with a backslash", "hub.test\\evil.test"),
        host("a Host that is not ASCII", "h\u{FC}b.test"),
        host("a port that is no number", "hub.test:http"),
        host("a port beyond all ports", "hub.test:65536"),
        host("a port with a sign", "hub.test:-80"), host("two ports", "hub.test:80:80"),
        host("a port alone", ":80"), host("an address without its bracket", "[::1"),
        host("something behind the bracket", "[::1]x"), host("no address in brackets", "[hub]"),
        Attack(
            "a whole URI with a user",
            Raw.head("GET http://hub.test@evil.test/version HTTP/1.1", "Host: hub.test"), 400,
            "bad_host"),
        Attack(
            "a whole URI without a host",
            Raw.head("GET http:///version HTTP/1.1", "Host: hub.test"), 400, "bad_host"),
        .harmless(
            "a whole URI with another Host, which does not count",
            Raw.head("GET http://hub.test/version HTTP/1.1", "Host: other.test"), 200),
        .harmless(
            "a whole URI without a path", Raw.head("GET HTTP://hub.test HTTP/1.1", "Host: a"), 200),
        .harmless(
            "hosts in fields that only proxies may set",
            Raw.get("/version", "X-Forwarded-Host: evil.test", "Forwarded: host=evil.test"), 200),
        .refused(
            "paths in fields that only proxies may set",
            Raw.get("/nothing", "X-Original-URL: /version", "X-Rewrite-URL: /version"), 404,
            "not_found"),
    ]

    private static func line(_ sentence: String, _ line: String) -> Attack {
        Attack(sentence, Raw.head(line, "Host: hub.test"), 400, "bad_request_line")
    }

    private static func version(_ sentence: String, _ bytes: String) -> Attack {
        Attack(sentence, bytes, 505, "version_not_supported")
    }

    private static func field(_ sentence: String, _ line: String) -> Attack {
        Attack(sentence, Raw.get("/version", line), 400, "bad_header")
    }

    private static func host(_ sentence: String, _ host: String) -> Attack {
        Attack(
            sentence, Raw.head("GET /version HTTP/1.1", "Host: " + host), 400, "bad_host")
    }
}
