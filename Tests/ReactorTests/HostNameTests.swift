// Names and addresses that every machine has.

import Reactor
import Testing

@Suite struct `Host names` {
    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("0.0.0.0", "0.0.0.0"),
        ("localhost", "127.0.0.1"),
    ])
    func `a name has its address, an address itself`(name: String, address: String) throws {
        #expect(try HostName.address(of: name) == address)
    }

    @Test(arguments: ["not a name", "bad..name", "300.1.2.3"])
    func `what is no name has no address, and the reason is told`(name: String) {
        var reason = ""
        do throws(HostNameFailure) {
            _ = try HostName.address(of: name)
        } catch {
            reason = error.reason
        }
        #expect(!reason.isEmpty)
    }
}
