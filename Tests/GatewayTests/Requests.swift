// What the gateway's tests are made of: requests read from their text, documents, refusals, and
// tokens that are signed by hand, so that they can be wrong in any way.

import Domain
import TLS
import Testing
import Wire

@testable import Gateway

/// A request as the gateway keeps it, read from its head by the product's own parser.
func request(
    _ line: String, _ headers: [String] = [], body: String = ""
) throws -> IncomingRequest {
    let head = ([line + " HTTP/1.1", "Host: hub.test"] + headers).joined(separator: "\r\n")
    let bytes = Array((head + "\r\n\r\n").utf8)
    let parser = HTTPRequestParser(limits: HTTPLimits())
    guard case .request(let parsed) = parser.parse(bytes.span, scannedFrom: 0) else {
        throw Unreadable(text: head)
    }
    let request = IncomingRequest(parsed, in: bytes.span)
    request.body = Array(body.utf8)
    return request
}

/// A test's own text that can't be read.
struct Unreadable: Error {
    let text: String
}

/// A request that passed the first gates.
func admitted(_ route: Route, _ line: String, id: String? = nil) throws -> AdmittedRequest {
    let request = try request(line)
    var admitted = AdmittedRequest(
        request: request, route: route, id: id, trace: TraceContext(traceparent: ""))
    admitted.parameters = try request.parameters()
    return admitted
}

/// A JSON text.
func document(_ text: String) throws -> JSONDocument {
    try CommandCoding.parse(Array(text.utf8))
}

/// What a throwing expression was refused with; nil when it was not.
func refusal(_ body: () throws(Refusal) -> Void) -> Refusal? {
    do throws(Refusal) {
        try body()
        return nil
    } catch {
        return error
    }
}

/// Tokens with any header, claims and secret.
enum HandMade {
    static let secret = Array("the secret of the tests, long enough".utf8)
    /// Now, for all tests of tokens.
    static let now: Int64 = 1_790_000_000
    static let header = #"{"alg":"HS256","typ":"JWT"}"#

    /// Claims that are good until a moment after now, with some members before them.
    static func claims(_ members: String = "") -> String {
        #"{\#(members)"sub":"asha","role":"sales","exp":\#(now + 60)}"#
    }

    /// A token whose parts are what was given, signed.
    static func token(
        header: String = header, claims: String = claims(), secret: [UInt8] = secret
    ) -> String {
        let signed =
            Base64.encodeURL(Array(header.utf8)) + "." + Base64.encodeURL(Array(claims.utf8))
        return signed + "." + signature(signed, secret: secret)
    }

    /// The signature of a text.
    static func signature(_ text: String, secret: [UInt8] = secret) -> String {
        var code = MessageAuthentication(key: secret)
        return Base64.encodeURL(code.code(for: Array(text.utf8)[...]))
    }

    /// What is wrong with a token; nil when it is good.
    static func fault(
        _ token: String, at seconds: Int64 = now, issuer: String? = nil, audience: String? = nil
    ) -> TokenFault? {
        var authority = TokenAuthority(secret: secret, issuer: issuer, audience: audience)
        do throws(TokenFault) {
            _ = try authority.verify(token, at: seconds)
            return nil
        } catch {
            return error
        }
    }

    /// What a good token says; nil when it is bad.
    static func verified(_ token: String, at seconds: Int64 = now) -> VerifiedToken? {
        var authority = TokenAuthority(secret: secret, issuer: nil, audience: nil)
        return try? authority.verify(token, at: seconds)
    }
}
