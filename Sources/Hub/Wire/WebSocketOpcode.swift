// The numbers of the WebSocket protocol (RFC 6455 §5.2, §7.4, and the hub's own close codes).

/// What a frame is.
package enum WebSocketOpcode: UInt8, Sendable {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    /// Close, ping and pong: short, never fragmented, allowed between fragments.
    package var isControl: Bool { rawValue >= 8 }
}

/// Why a connection is closed.
package enum WebSocketCloseCode {
    /// The purpose is fulfilled.
    package static let normal: UInt16 = 1000
    /// The server stops, or the page is left.
    package static let goingAway: UInt16 = 1001
    /// A frame breaks the protocol.
    package static let protocolError: UInt16 = 1002
    /// A kind of data the endpoint does not take.
    package static let unsupportedData: UInt16 = 1003
    /// Data that does not fit its type, as text that is not UTF-8.
    package static let invalidPayload: UInt16 = 1007
    /// A rule of the server forbids it.
    package static let policyViolation: UInt16 = 1008
    /// A message beyond the limit.
    package static let messageTooBig: UInt16 = 1009
    /// The server cannot go on.
    package static let internalError: UInt16 = 1011
    /// The server restarts: come back.
    package static let serviceRestart: UInt16 = 1012
    /// The token expired or was revoked.
    package static let unauthenticated: UInt16 = 4401
    /// The role changed.
    package static let roleChanged: UInt16 = 4403
    /// The reader is too slow.
    package static let tooSlow: UInt16 = 4408

    /// Whether a close frame may carry `code` (RFC 6455 §7.4 and the registry): 1004–1006 and 1015
    /// may not, nor unassigned ones below 3000.
    package static func isValidOnWire(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
