// An upgrade without a refused connection: a new hub asks the one that runs in the same data folder
// for its listening sockets, serves on them, and says so; the old one then drains.

import Gateway
import Reactor

/// The part of the hub that runs: it waits for a successor.
struct Takeover: ~Copyable {
    private let gateway: Gateway
    private let log: JSONLog
    private var offer: HandoverOffer?
    private var successor: HandoverPeer?

    /// Where hubs of a data folder meet.
    private static func path(_ configuration: Configuration) -> String {
        configuration.dataDirectory + "/takeover.sock"
    }

    /// Offers the sockets of a gateway.
    ///
    /// A hub that can't offer them still runs; the log says why.
    init(_ configuration: Configuration, gateway: Gateway, log: JSONLog) {
        self.gateway = gateway
        self.log = log
        do throws(Errno) {
            offer = try HandoverOffer(path: Takeover.path(configuration))
        } catch {
            log.write(
                .info, "no successor can take over",
                [
                    .text("event.action", "takeover_unavailable"),
                    .text("error.message", "\(Takeover.path(configuration)): \(error)"),
                ])
        }
    }

    /// Looks whether a successor came, and whether it serves by now.
    mutating func isDone() -> Bool {
        if let successor {
            guard let isServing = successor.isServing() else { return false }
            if isServing {
                log.write(.info, "a successor serves", [.text("event.action", "taken_over")])
                return true
            }
            self.successor = nil
        }
        if let peer = offer?.peer(), peer.send(gateway.listeners) { successor = peer }
        return false
    }

    /// Asks the hub that runs in the data folder for its sockets; nil when none runs.
    static func request(_ configuration: Configuration) throws -> HandoverRequest? {
        do throws(Errno) {
            return try HandoverRequest(path: path(configuration))
        } catch {
            if error.isNobodyThere { return nil }
            throw Failure(
                exitCode: 71, "HUB_TAKEOVER: \(path(configuration)) can't be asked: \(error)")
        }
    }
}
