// Attacks on what a request asks for: paths and queries in every disguise, methods, media types,
// what the client accepts, and sizes.

extension Attack {
    /// Paths that another reader may take for one of ours, or for a file elsewhere.
    static let paths: [Attack] = [
        missing("an escaped letter", "/%63rm/leads"),
        missing("an escaped slash", "/crm%2Fleads"),
        missing("an escaped slash in lower case", "/crm%2fleads"),
        missing("an escaped question mark", "/crm/leads%3Flimit=1"),
        missing("an escaped NUL", "/crm/leads%00"),
        missing("an escaped NUL for an id", "/crm/leads/%00"),
        missing("a broken escape", "/crm/leads/%zz"),
        missing("half an escape", "/crm/leads/%4"),
        missing("an escape of an escape", "/%2563rm/leads"),
        missing("other case", "/CRM/leads"),
        missing("two slashes", "/crm//leads"),
        missing("two slashes in front", "//crm/leads"),
        missing("a slash at the end", "/crm/leads/"),
        missing("a dot between", "/crm/./leads"),
        missing("dots that lead back", "/event/../crm/leads"),
        missing("a parameter of a segment", "/crm/leads;a=b"),
        missing("a backslash", "/crm\\leads"),
        missing("backslashes that lead out", "/..\\..\\etc\\passwd"),
        missing("dots that lead out", "/../../../../etc/passwd"),
        missing("dots that lead out to a file of a known kind", "/../Package.json"),
        missing("dots that lead out from a folder", "/client/../../README.html"),
        missing("escaped dots that lead out", "/%2e%2e/%2e%2e/etc/passwd.html"),
        missing("doubly escaped dots", "/%252e%252e/README.html"),
        missing("dots in an overlong form of UTF-8", "/%c0%ae%c0%ae/README.html"),
        missing("a slash in an overlong form of UTF-8", "/client%c0%afhub.js"),
        missing("an absolute path in a path", "//etc/passwd.json"),
        missing("an escaped NUL that would end a file's name", "/app.js%00.html"),
        missing("a NUL in front of the kind", "/etc/passwd%00.js"),
        missing("a file as a folder", "/app.js/"),
        missing("a hidden file", "/.git/config.json"),
        missing("a stream of the system", "/index.html::$DATA"),
        .refused(
            "dots that lead back from a subject",
            Raw.request("POST /compliance/subjects/../erase HTTP/1.1", []), 404, "not_found"),
        .refused(
            "dots that lead back in a whole URI",
            Raw.get("http://hub.test/event/../crm/leads"), 404, "not_found"),
    ]

    /// Queries that two readers may decode to different things.
    static let queries: [Attack] = [
        query("a broken escape", "limit=%zz"), query("half an escape", "limit=%1"),
        query("an escape of nothing", "limit=%"), query("an escaped NUL", "owner=a%00b"),
        query("an overlong slash", "owner=%c0%af"),
        query("an overlong NUL", "owner=%c0%80"), query("half a surrogate", "owner=%ed%a0%80"),
        query("a byte that no UTF-8 has", "owner=%ff"),
        query("UTF-8 that is cut", "owner=%e2%82"),
        query("a character beyond all", "owner=%f4%90%80%80"),
        query("a name with a NUL", "lim%00it=1"),
        query("a value twice", "limit=1&limit=2"),
        query("a value twice, once escaped", "limit=1&l%69mit=2"),
        query("a list by brackets", "limit[]=1"),
        query("a name that is not known", "debug=true"),
        query("a name in other case", "Limit=1"),
        query("a number with a sign", "limit=-1"),
        query("a number with a plus", "limit=%2B1"),
        query("a number with a space", "limit=+1"),
        query("a number in hexadecimal", "limit=0x1"),
        query("a number with an exponent", "limit=1e1"),
        query("a number beyond all numbers", "limit=99999999999999999999"),
        query("a number in other digits", "limit=%D9%A1"),
        query("SQL for a cursor", "cursor=';DROP%20TABLE%20leads;--"),
        query("SQL for an order", "sort=id;DROP%20TABLE%20leads"),
        query("more parameters than anybody needs", String(repeating: "a=b&", count: 65)),
        .harmless(
            "SQL for an owner, which is a text as any other",
            Raw.get("/crm/leads?owner='%20OR%20'1'='1"), 200),
        .harmless(
            "an escape of an escape, which is decoded once", Raw.get("/crm/leads?owner=%2500"),
            200),
        .harmless(
            "a line end that would begin a field of the answer",
            Raw.get("/crm/leads?owner=a%0d%0aSet-Cookie:%20a=b"), 200),
    ]

    /// Methods that are not known, or not here.
    static let methods: [Attack] = [
        method("a method that nobody knows", "BREW"), method("a method of WebDAV", "PROPFIND"),
        method("a method of a cache", "PURGE"), method("a method in lower case", "get"),
        method("a method in mixed case", "Post"), method("a method with a dash", "M-SEARCH"),
        method("a method that begins as another", "GETX"),
        method("a method that another begins with", "GE"),
        .refused(
            "a method that nobody knows where nothing is",
            Raw.request("BREW /nothing HTTP/1.1", []), 501, "not_implemented"),
        elsewhere("DELETE of a collection", "DELETE", "/crm/leads"),
        elsewhere("PUT of a collection", "PUT", "/crm/leads"),
        elsewhere("PATCH of a collection", "PATCH", "/crm/leads"),
        elsewhere("TRACE, which would show the token", "TRACE", "/crm/leads"),
        elsewhere("POST to a probe", "POST", "/healthz"),
        elsewhere("POST to a page", "POST", "/"),
        elsewhere("POST to the stream", "POST", "/events"),
        elsewhere("GET of a command", "GET", "/event/unified"),
        elsewhere("HEAD of a command", "HEAD", "/admin/revocations", hasBody: false),
        .harmless(
            "another method in a field", Raw.get("/crm/leads", "X-HTTP-Method-Override: DELETE"),
            200),
        .harmless(
            "a command in a field of a read",
            Raw.get("/crm/leads?limit=1", "X-HTTP-Method: POST", "X-Method-Override: POST"), 200),
        .refused(
            "OPTIONS of what isn't there", Raw.request("OPTIONS /nothing HTTP/1.1", []), 404,
            "not_found"),
        .harmless("OPTIONS of the server", Raw.request("OPTIONS * HTTP/1.1", []), 204),
    ]

    private static func missing(_ sentence: String, _ path: String) -> Attack {
        .refused(sentence, Raw.get(path), 404, "not_found")
    }

    private static func query(_ sentence: String, _ query: String) -> Attack {
        .refused(sentence, Raw.get("/crm/leads?" + query), 400, "bad_parameter")
    }

    private static func method(_ sentence: String, _ method: String) -> Attack {
        .refused(
            sentence, Raw.request("\(method) /crm/leads HTTP/1.1", []), 501, "not_implemented")
    }

    private static func elsewhere(
        _ sentence: String, _ method: String, _ path: String, hasBody: Bool = true
    ) -> Attack {
        let request = Raw.request("\(method) \(path) HTTP/1.1", [])
        guard hasBody else { return .harmless(sentence, request, 405) }
        return .refused(sentence, request, 405, "method_not_allowed")
    }
}
