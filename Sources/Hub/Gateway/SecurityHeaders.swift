// What every answer tells browsers, so that nothing that the hub sends can be made to act for
// somebody else: an answer is data and nothing more, a page loads from the hub alone.

import Wire

/// Headers of security (the names and values of OWASP's secure headers).
enum SecurityHeaders {
    /// Of data: no type but the one that is said, no script, no frame, for no other site's pages.
    static let answer =
        all + [
            HTTPHeader(
                name: "Content-Security-Policy", value: "default-src 'none'; frame-ancestors 'none'"
            )
        ]

    /// Of the dashboard and its files: scripts, styles, pictures and connections of the hub alone,
    /// nothing written into the page itself, no frame around it, no window of another site that
    /// could reach it.
    static let page =
        all + [
            HTTPHeader(
                name: "Content-Security-Policy",
                value: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                    + "font-src 'self'; connect-src 'self'; manifest-src 'self'; "
                    + "worker-src 'self'; base-uri 'none'; form-action 'self'; "
                    + "frame-ancestors 'none'"),
            HTTPHeader(name: "Cross-Origin-Opener-Policy", value: "same-origin"),
            HTTPHeader(name: "Cross-Origin-Embedder-Policy", value: "require-corp"),
        ]

    /// Of what is said by TLS (RFC 6797): come by TLS alone, for so long.
    ///
    /// A browser that heard it once comes to no other port of the host plainly, either.
    static func strictTransport(seconds: Int) -> [HTTPHeader] {
        seconds == 0
            ? []
            : [HTTPHeader(name: "Strict-Transport-Security", value: "max-age=\(seconds)")]
    }

    /// Of both.
    ///
    /// `X-Frame-Options` is for browsers that don't know `frame-ancestors`; a page of a
    /// known origin reads answers by CORS, which `Cross-Origin-Resource-Policy` leaves alone.
    private static let all = [
        HTTPHeader(name: "X-Content-Type-Options", value: "nosniff"),
        HTTPHeader(name: "X-Frame-Options", value: "DENY"),
        HTTPHeader(name: "Referrer-Policy", value: "no-referrer"),
        HTTPHeader(name: "Cross-Origin-Resource-Policy", value: "same-origin"),
    ]
}
