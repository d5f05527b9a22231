// What clients read, byte for byte: leads, events, problems, answers, and answers that are given
// again under an idempotency key.

import Domain
import Testing
import Wire

@testable import Store

@Suite struct RepresentationTests {
    private let id = UniqueID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0001)
    private let time = Timestamp(milliseconds: 1_764_057_600_123)

    private var lead: Lead {
        Lead(
            id: id, name: "Asha \"A\" Rao", email: "asha@example.test", phone: nil, company: nil,
            source: nil, owner: "ravi", team: nil, tags: ["hot", "a,b"], score: 0.5,
            status: .new, duplicateAllowed: false, version: 3, createdAt: time, updatedAt: time)
    }

    private let leadText = #"""
        {"id":"01900000-0000-7000-8000-000000000001","name":"Asha \"A\" Rao",\#
        "email":"asha@example.test","phone":null,"company":null,"source":null,"owner":"ravi",\#
        "team":null,"tags":["hot","a,b"],"score":0.5,"score_factors":[],\#
        "score_version":0,"status":"new","converted_at":null,"converted_opportunity":null,\#
        "duplicate_allowed":false,"version":3,\#
        "created_at":"2025-11-25T08:00:00.123Z","updated_at":"2025-11-25T08:00:00.123Z"}
        """#

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func event(_ data: EventData, name: String, subject: String) -> Event {
        Event(
            id: id, name: name, subject: subject, time: time, actor: "ravi",
            traceparent: "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01", data: data)
    }

    @Test func `a lead has all of its members, null where there is nothing`() {
        #expect(text(LeadJSON.text(lead)) == leadText)
        #expect(LeadJSON.etag(lead) == "\"3\"")
    }

    @Test func `an event is a CloudEvent on one line whose data stands last`() {
        let head = #"""
            {"specversion":"1.0","id":"01900000-0000-7000-8000-000000000001",\#
            "source":"/unified-core","type":"in.bhiv.lead_updated",\#
            "subject":"leads/01900000-0000-7000-8000-000000000001",\#
            "time":"2025-11-25T08:00:00.123Z","datacontenttype":"application/json","actor":"ravi",\#
            "traceparent":"00-0123456789abcdef0123456789abcdef-0123456789abcdef-01","data":
            """#
        let updated = event(
            .lead(lead, changed: ["name", "tags"]), name: "lead_updated", subject: lead.subject)
        #expect(
            text(EventJSON.text(updated))
                == head + leadText.dropLast() + #","changed":["name","tags"]}}"#)
    }

    @Test func `a reported event keeps its payload's exact text`() {
        let payload = #"{"b":1.50,"a":"\u0000"}"#
        let unified = UnifiedEvent(
            taskID: nil, userID: "u1", consentFlag: true, payload: Array(payload.utf8))
        let bytes = EventJSON.text(
            event(.unified(unified), name: "sla_warning", subject: "events/" + id.text))
        let data = #""data":{"task_id":null,"user_id":"u1","consent_flag":true,"payload":"#
        #expect(text(bytes).hasSuffix(data + payload + "}}"))
        #expect((try? JSONDocument(bytes)) != nil)
    }

    @Test func `a problem says what is wrong and what would help`() {
        let trace = "0123456789abcdef0123456789abcdef"
        #expect(
            text(ProblemJSON.text(.duplicateLead(existing: id, field: "email"), traceID: trace))
                == #"""
                {"type":"/problems/duplicate_lead","title":"A lead with this contact exists",\#
                "status":409,"detail":"Another lead has the same email.","code":"duplicate_lead",\#
                "field":"email","trace_id":"\#(trace)",\#
                "existing":{"id":"\#(id.text)","location":"/crm/leads/\#(id.text)"}}
                """#)
        let members: [(Refusal, String)] = [
            (
                .illegalTransition(
                    field: "status", from: "new", to: "converted", allowed: ["contacted"]),
                #""from":"new","allowed_transitions":["contacted"]"#
            ),
            (.preconditionFailed(currentVersion: 7), #""current_version":7"#),
            (
                .consentRequired(purpose: .contract, subject: "leads/x"),
                #""purpose":"contract","notice":"/compliance/purposes#contract""#
            ),
            (.unavailable(retryAfterSeconds: 2), #""retry_after":2"#),
        ]
        for (refusal, member) in members {
            let problem = ProblemJSON.text(refusal, traceID: trace)
            #expect(text(problem).contains(member))
            #expect((try? JSONDocument(problem)) != nil)
        }
    }

    @Test func `answers have the status and headers of what was done`() {
        let created = RenderedAnswer(.created(lead), traceID: "t")
        #expect(created.status == 201)
        #expect(created.location == "/crm/leads/" + id.text)
        #expect(created.etag == "\"3\"")
        #expect(text(created.body) == leadText)
        let accepted = RenderedAnswer(.accepted([.success(id)], isArray: false), traceID: "t")
        #expect(accepted.status == 202)
        #expect(accepted.location == "/event/" + id.text)
        #expect(text(accepted.body) == #"{"id":"\#(id.text)"}"#)
        let array = RenderedAnswer(
            .accepted([.success(id), .failure(.notFound("x"))], isArray: true), traceID: "t")
        #expect(array.status == 202)
        #expect(array.location == nil)
        #expect(
            text(array.body).hasPrefix(#"[{"id":"\#(id.text)"},{"problem":{"type":"/problems/"#))
        let refused = RenderedAnswer(.unavailable(retryAfterSeconds: 2), traceID: "t")
        #expect(refused.isProblem)
        #expect(refused.retryAfterSeconds == 2)
        #expect(refused.code == "unavailable")
    }

    @Test func `a kept answer is given again byte for byte`() {
        let answers = [
            RenderedAnswer(.lead(lead), traceID: "t"),
            RenderedAnswer(.accepted([.success(id), .success(id)], isArray: true), traceID: "t"),
            RenderedAnswer(.recorded, traceID: "t"),
            RenderedAnswer(.notFound("leads/x"), traceID: "t"),
        ]
        for answer in answers {
            let kept = KeptAnswer(
                fingerprint: [], status: answer.status,
                content: .answer(KeptAnswer.text(of: answer)))
            #expect(kept.rendered == answer.replayed)
        }
    }

    @Test func `an answer is built again from the event of its command`() {
        let record = ConsentRecord(
            id: id, key: ConsentKey(subject: "users/u1", purpose: .eventProcessing),
            status: .granted, actor: "ravi", time: time)
        var scored = lead
        scored.scoreVersion = 2
        scored.scoreFactors = [Contribution(feature: "source", category: "web", amount: 0.25)]
        let opportunity = Opportunity(
            id: id, leadID: id, name: "Plan", value: .zero,
            currency: CommandSamples(seed: 1).rupees,
            stage: .proposal, probability: 50, expectedClose: nil, owner: nil, lostReason: nil,
            version: 4, createdAt: time, updatedAt: time)
        let feedback = FeedbackRecord(
            id: id, subject: Subject(.orders, id), leadID: nil, rating: 5, reward: nil,
            comment: nil, actor: "ravi", createdAt: time)
        let cases: [(Answer, Event)] = [
            (
                .created(lead),
                event(.lead(lead, changed: []), name: "lead_created", subject: lead.subject)
            ),
            (
                .lead(lead),
                event(.lead(lead, changed: ["name"]), name: "lead_updated", subject: lead.subject)
            ),
            (
                .lead(scored),
                event(.lead(scored, changed: ["name"]), name: "lead_updated", subject: lead.subject)
            ),
            (
                .opportunity(opportunity, isNew: true),
                event(
                    .opportunity(opportunity, changed: []), name: "opportunity_created",
                    subject: opportunity.subject.text)
            ),
            (
                .opportunity(opportunity, isNew: false),
                event(
                    .opportunity(opportunity, changed: ["stage"]), name: "opportunity_updated",
                    subject: opportunity.subject.text)
            ),
            (
                .feedback(feedback),
                event(
                    .feedback(feedback), name: "feedback_received",
                    subject: feedback.subject.text)
            ),
            (
                .consent(record),
                event(.consent(record), name: "consent_granted", subject: "users/u1")
            ),
        ]
        for (answer, event) in cases {
            let first = RenderedAnswer(answer, traceID: "t")
            let kept = KeptAnswer(
                fingerprint: [], status: first.status,
                content: .event(id: event.id, isUnified: false, text: EventJSON.text(event)))
            #expect(kept.rendered == first.replayed)
        }
    }
}
