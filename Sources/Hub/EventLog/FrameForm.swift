// How an event is written for a subscriber: by which transport, compressed or not, and with what of
// it hidden. All subscribers of one form are sent the same bytes.

/// How events reach a subscriber, and in which coding.
package enum Transport: UInt8, Sendable, CaseIterable {
    /// Server-Sent Events: a text frame per event.
    case serverSentEvents
    /// WebSocket: an unmasked text frame per event.
    case webSocket
    /// Server-Sent Events inside of a gzip stream (RFC 1952): deflate blocks per event.
    case compressedServerSentEvents
    /// WebSocket with `permessage-deflate` (RFC 7692): a compressed text frame per event.
    case compressedWebSocket

    /// Whether frames are those of WebSocket.
    package var isWebSocket: Bool {
        switch self {
        case .webSocket, .compressedWebSocket: true
        case .serverSentEvents, .compressedServerSentEvents: false
        }
    }

    /// The one without compression.
    var plain: Transport { isWebSocket ? .webSocket : .serverSentEvents }

    /// Whether frames are made from other ones, the first time that somebody asks for them.
    var isCompressed: Bool {
        switch self {
        case .serverSentEvents, .webSocket: false
        case .compressedServerSentEvents, .compressedWebSocket: true
        }
    }
}

/// Names who sees the same of every event; what the name means is in `Masks`.
package struct VisibilityClass: Hashable, Sendable {
    /// Its number: 0 sees everything.
    package let rawValue: UInt8

    /// The class with this number.
    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Sees everything.
    package static let full = VisibilityClass(rawValue: 0)
}

/// How a frame is written: the transport, and who may read it.
package struct FrameForm: Hashable, Sendable {
    /// What the frame is made for.
    package var transport: Transport
    /// What is left out of it.
    package var visibility: VisibilityClass

    /// A form; unless said otherwise nothing is left out.
    package init(transport: Transport, visibility: VisibilityClass = .full) {
        self.transport = transport
        self.visibility = visibility
    }

    /// An SSE frame as it is.
    package static let serverSentEvents = FrameForm(transport: .serverSentEvents)
    /// A WebSocket frame as it is.
    package static let webSocket = FrameForm(transport: .webSocket)

    /// Whether it is one of the two forms that every segment has from the start.
    var isPlain: Bool { visibility == .full && !transport.isCompressed }
}
