// What changes in who may see what, as one message to every loop: it holds for open streams at
// once.

/// A fresh token for open streams.
package struct StreamRenewal: Equatable, Sendable {
    /// The name that their client gave them.
    package let stream: String
    /// Whose streams they are, and what the token says of them.
    package let credential: Credential
    /// `exp` of the token, in seconds since 1970.
    package let expirySeconds: Int64

    package init(stream: String, credential: Credential, expirySeconds: Int64) {
        self.stream = stream
        self.credential = credential
        self.expirySeconds = expirySeconds
    }

    /// Whether a client may call its streams so: it stands in a path as it is.
    package static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                    UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                    true
                default: false
                }
            }
    }
}

/// A change of who may see what, from now on.
package enum AccessChange: Equatable, Sendable {
    /// Tokens were taken back.
    case revoked([Revocation])
    /// Streams go on with another token of the same subject.
    case renewed(StreamRenewal)
}
