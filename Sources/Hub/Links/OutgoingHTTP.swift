// HTTP to other systems, by libcurl's multi interface: many transfers of one thread, none of which
// holds up another. It goes where the guard lets it and nowhere else: the guard sees the address of
// every socket before it is connected, so neither a name that leads elsewhere the second time, nor
// a redirect, nor a proxy of the environment leads past it.

import CCurl
package import Reactor
package import Wire

/// What another system has answered.
package struct OutgoingResponse: Sendable {
    package let status: Int
    package let body: [UInt8]
    /// The field `Cache-Control`, if there was one.
    package let cacheControl: String?
}

/// Why there is no answer.
package enum OutgoingFault: Error, Equatable, CustomStringConvertible {
    /// The host's address is none that may be spoken to.
    case notAllowed(IPAddress)
    /// The answer is longer than it may be.
    case tooLong
    /// What libcurl says.
    case failed(String)

    package var description: String {
        switch self {
        case .notAllowed(let address): "\(address) may not be spoken to (--outgoing-allow)"
        case .tooLong: "the answer is too long"
        case .failed(let reason): reason
        }
    }
}

/// What every request keeps to.
package struct OutgoingLimits: Sendable {
    /// Until the connection stands, TLS included.
    package var connectMilliseconds = 5_000
    /// Until the answer is there.
    package var totalMilliseconds = 10_000
    package var bodyBytesMax = 65_536

    package init() {}
}

/// Sends requests; one thread makes it and uses it.
@safe
package final class OutgoingHTTP {
    private let multi: UnsafeMutableRawPointer
    private let outgoing: OutgoingGuard
    private let limits: OutgoingLimits
    /// What is under way.
    private var transfers: [Transfer] = []

    /// Says to libcurl that it is used, once, before there are threads.
    package static func prepare() {
        curl_global_init(Int(CURL_GLOBAL_DEFAULT))
    }

    /// Traps when libcurl has no memory.
    package init(_ outgoing: OutgoingGuard, limits: OutgoingLimits = OutgoingLimits()) {
        guard let multi = unsafe curl_multi_init() else {
            preconditionFailure("libcurl has no memory")
        }
        unsafe self.multi = multi
        self.outgoing = outgoing
        self.limits = limits
    }

    deinit {
        for transfer in transfers { unsafe transfer.end(in: multi) }
        unsafe curl_multi_cleanup(multi)
    }

    /// Begins to ask for a URL; the answer comes out of `perform` under the number given.
    package func get(_ url: OutgoingURL, accept: String, number: Int) {
        guard let easy = unsafe curl_easy_init() else {
            preconditionFailure("libcurl has no memory")
        }
        let transfer = unsafe Transfer(
            easy, number: number, outgoing, bodyBytesMax: limits.bodyBytesMax)
        transfers.append(transfer)
        let numbers: [(CURLoption, Int)] = [
            // Only so may several threads use it.
            (CURLOPT_NOSIGNAL, 1),
            // A name server that hangs is not waited for, whatever ends the transfer.
            (CURLOPT_QUICK_EXIT, 1),
            (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_FORBID_REUSE, 1),
            (CURLOPT_CONNECTTIMEOUT_MS, limits.connectMilliseconds),
            (CURLOPT_TIMEOUT_MS, limits.totalMilliseconds),
            (CURLOPT_MAXFILESIZE, limits.bodyBytesMax),
            (CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
        ]
        let texts: [(CURLoption, String)] = [
            (CURLOPT_URL, url.text), (CURLOPT_PROTOCOLS_STR, "http,https"),
            // What the environment says of proxies and of passwords is not for us.
            (CURLOPT_PROXY, ""), (CURLOPT_USERAGENT, "unified-core"),
        ]
        var code = unsafe lx_curl_set_callbacks(
            easy, receiveBody, openSocket, Unmanaged.passUnretained(transfer).toOpaque())
        for (option, value) in numbers where code == CURLE_OK {
            code = unsafe lx_curl_set_number(easy, option, value)
        }
        for (option, value) in texts where code == CURLE_OK {
            code = unsafe lx_curl_set_text(easy, option, value)
        }
        unsafe transfer.fields = curl_slist_append(nil, "Accept: \(accept)")
        if code == CURLE_OK { code = unsafe lx_curl_set_fields(easy, transfer.fields) }
        precondition(code == CURLE_OK, "libcurl does not know an option")
        unsafe curl_multi_add_handle(multi, easy)
    }

    /// Lets all transfers go on, waits for one of them or for a wake at most so long, and gives the
    /// answers that are there.
    package func perform(
        waitingMilliseconds: Int32, wakeup: Wakeup
    ) -> [(number: Int, result: Result<OutgoingResponse, OutgoingFault>)] {
        var running: Int32 = 0
        unsafe curl_multi_perform(multi, &running)
        if Int(running) == transfers.count {
            var entry = curl_waitfd(
                fd: wakeup.descriptor, events: Int16(CURL_WAIT_POLLIN), revents: 0)
            unsafe curl_multi_poll(multi, &entry, 1, waitingMilliseconds, nil)
            unsafe curl_multi_perform(multi, &running)
        }
        var answers: [(number: Int, result: Result<OutgoingResponse, OutgoingFault>)] = []
        var code = CURLE_OK
        while let easy = unsafe lx_curl_ended(multi, &code) {
            guard let place = transfers.firstIndex(where: { unsafe $0.easy == easy }) else {
                continue
            }
            let transfer = transfers.remove(at: place)
            answers.append((transfer.number, transfer.result(code)))
            unsafe transfer.end(in: multi)
        }
        return answers
    }
}

/// One request under way: what libcurl's callbacks write to.
@safe
private final class Transfer {
    let easy: UnsafeMutableRawPointer
    let number: Int
    private let outgoing: OutgoingGuard
    private let bodyBytesMax: Int
    private var body: [UInt8] = []
    private var isTooLong = false
    private var refused: IPAddress?
    var fields: UnsafeMutablePointer<curl_slist>?

    init(
        _ easy: UnsafeMutableRawPointer, number: Int, _ outgoing: OutgoingGuard,
        bodyBytesMax: Int
    ) {
        unsafe self.easy = easy
        self.number = number
        self.outgoing = outgoing
        self.bodyBytesMax = bodyBytesMax
    }

    deinit {
        unsafe curl_slist_free_all(fields)
    }

    /// Gives libcurl's handle back.
    func end(in multi: UnsafeMutableRawPointer) {
        unsafe curl_multi_remove_handle(multi, easy)
        unsafe curl_easy_cleanup(easy)
    }

    /// Takes bytes of the body; false when there are too many.
    func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        isTooLong = bytes.count > bodyBytesMax - body.count
        guard !isTooLong else { return false }
        unsafe body.append(contentsOf: bytes)
        return true
    }

    /// Whether a socket to this address may be opened.
    func allows(_ address: IPAddress) -> Bool {
        if outgoing.allows(address) { return true }
        refused = address
        return false
    }

    /// What came of it.
    func result(_ code: CURLcode) -> Result<OutgoingResponse, OutgoingFault> {
        guard code == CURLE_OK else {
            if isTooLong || code == CURLE_FILESIZE_EXCEEDED { return .failure(.tooLong) }
            if let refused { return .failure(.notAllowed(refused)) }
            return .failure(.failed(unsafe String(cString: curl_easy_strerror(code))))
        }
        var header: UnsafeMutablePointer<curl_header>?
        let isFound =
            unsafe curl_easy_header(
                easy, "cache-control", 0, UInt32(CURLH_HEADER), -1, &header) == CURLHE_OK
        let text = unsafe isFound ? header.map { unsafe String(cString: $0.pointee.value) } : nil
        return .success(
            OutgoingResponse(
                status: unsafe lx_curl_status(easy), body: body, cacheControl: text))
    }
}

@c
private func receiveBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context = unsafe context else { return 0 }
    let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe transfer.take(buffer) ? size * count : 0
}

@c
private func openSocket(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype,
    _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let context = unsafe context, let address = unsafe address else {
        return CURL_SOCKET_BAD
    }
    let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    var bytes = [UInt8](repeating: 0, count: 16)
    guard unsafe lx_curl_address(address, &bytes) == 1 else { return CURL_SOCKET_BAD }
    let high = bytes[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let low = bytes[8...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard transfer.allows(IPAddress(high: high, low: low)) else { return CURL_SOCKET_BAD }
    return unsafe lx_curl_open(address)
}
