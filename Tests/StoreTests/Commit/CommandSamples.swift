// Commands made from a seed: few people, keys and addresses, so that they meet each other often,
// as in a busy minute.

import Domain
import Foundation

@testable import Store

/// A source of random numbers that a test can repeat: SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// The seed of this run, printed so that a failure can be repeated.
    static func testSeed(_ test: String) -> UInt64 {
        let given = ProcessInfo.processInfo.environment["HUB_TEST_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        print("\(test): HUB_TEST_SEED=\(seed)")
        return seed
    }
}

/// Makes commands.
struct CommandSamples {
    var random: SeededGenerator
    /// How many different people, leads, keys and sources there are.
    var variety = 6
    private var sequence: UInt32 = 0
    private(set) var leads: [UniqueID] = []
    /// What commands of the rest of the pipeline have made.
    var made = PipelineIDs()

    init(seed: UInt64, variety: Int = 6) {
        random = SeededGenerator(seed: seed)
        self.variety = variety
    }

    mutating func id() -> UniqueID {
        UniqueID(milliseconds: 1_764_000_000_000, random: (random.next(), random.next()))
    }

    mutating func number(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    mutating func chance(_ percent: Int) -> Bool { number(below: 100) < percent }

    /// A request with a ticket of its own; `key` names an idempotency key.
    mutating func request(
        _ command: Command, by subject: String = "asha", key: String? = nil,
        fingerprint: UInt8 = 0, received: Int64 = 0, attended: Bool = true
    ) -> CommandRequest {
        sequence += 1
        let trace = String(repeating: "0", count: 24) + String(format: "%08x", sequence)
        return CommandRequest(
            ticket: attended ? Ticket(loop: 0, connection: 1, sequence: sequence) : nil,
            command: command,
            context: CommandContext(
                principal: Principal(subject: subject, roles: RoleSet([.sales])),
                trace: TraceContext(traceparent: "00-\(trace)-00000000000000aa-01"),
                auditID: id(),
                idempotency: key.map {
                    IdempotencyKey(
                        key: $0, fingerprint: [UInt8](repeating: fingerprint, count: 16))
                }),
            receivedMilliseconds: received)
    }

    mutating func createLead(
        email: String? = nil, phone: String? = nil, name: String = "Asha Rao"
    ) -> CreateLead {
        var command = CreateLead(id: id(), eventID: id(), name: name)
        command.email = email
        command.phone = phone
        leads.append(command.id)
        return command
    }

    mutating func publish(
        _ count: Int = 1, user: String? = nil, source: EventSource? = nil, isArray: Bool = false
    ) -> PublishEvents {
        PublishEvents(
            items: (0..<count).map { number in
                .success(
                    PublishItem(
                        id: id(), type: "sla_warning", source: source,
                        event: UnifiedEvent(
                            taskID: "t-\(number)", userID: user, consentFlag: true,
                            payload: Array(#"{"n":1.50}"#.utf8))))
            }, isArray: isArray)
    }

    mutating func consent(subject: String, _ status: ConsentStatus) -> RecordConsent {
        let purpose: Purpose = subject.hasPrefix("leads/") ? .contract : .eventProcessing
        return RecordConsent(
            id: id(), eventID: id(), key: ConsentKey(subject: subject, purpose: purpose),
            status: status)
    }

    /// Any command, often under a key that was used before.
    mutating func any() -> CommandRequest {
        let key = chance(40) ? "k\(number(below: variety * 2))" : nil
        let fingerprint: UInt8 = chance(10) ? 1 : 0
        return request(
            anyCommand(), by: chance(80) ? "asha" : "ravi", key: key, fingerprint: fingerprint)
    }

    private mutating func anyCommand() -> Command {
        if chance(50) { return anyPipelineCommand() }
        switch number(below: 10) {
        case 0...2: return .createLead(anyCreate())
        case 3...5: return .updateLead(anyUpdate())
        case 6...7: return .publishEvents(anyPublish())
        case 8:
            let status: ConsentStatus = chance(50) ? .granted : .withdrawn
            return .recordConsent(consent(subject: anySubject(), status))
        default:
            let denials = [
                AuditEntry(
                    id: id(), userID: "eve", action: "lead.create", resource: "leads",
                    time: Timestamp(milliseconds: 5), success: false, layer: .authorization,
                    reason: "forbidden", traceID: "t", count: 3)
            ]
            return .recordDenials(denials)
        }
    }

    private mutating func anyCreate() -> CreateLead {
        var command = createLead(email: anyEmail(), phone: anyPhone())
        command.allowDuplicate = chance(15)
        command.tags = chance(30) ? [#"a "quoted" \ tag"#, "{b,c}", "NULL", " é "] : []
        return command
    }

    private mutating func anyUpdate() -> UpdateLead {
        var command = UpdateLead(id: leads.randomElement(using: &random) ?? id(), eventID: id())
        if chance(20) { command.ifMatch = [1 + number(below: 3)] }
        if chance(40) { command.email = .some(anyEmail()) }
        if chance(30) { command.phone = .some(anyPhone()) }
        if chance(40) { command.name = "name \(number(below: 3))" }
        if chance(30) { command.status = LeadStatus.allCases.randomElement(using: &random) }
        if chance(10) { command.allowDuplicate = true }
        return command
    }

    private mutating func anyPublish() -> PublishEvents {
        let isArray = chance(30)
        let user = chance(60) ? "u\(number(below: variety))" : nil
        let source =
            chance(40)
            ? EventSource(source: "/s", id: "\(number(below: variety * 2))") : nil
        return publish(
            isArray ? 1 + number(below: 3) : 1, user: user, source: source, isArray: isArray)
    }

    private mutating func anySubject() -> String {
        if chance(50), let lead = leads.randomElement(using: &random) { return Lead.subject(lead) }
        return "users/u\(number(below: variety))"
    }

    private mutating func anyEmail() -> String? {
        chance(70) ? "\(chance(50) ? "P" : "p")\(number(below: variety))@example.test" : nil
    }

    private mutating func anyPhone() -> String? {
        chance(40) ? "+91 22 000\(number(below: variety))" : nil
    }
}
