// What a stream is sent follows who reads it: the form of its frames by what its roles may see, its
// scope by whose things those are.
// Both that and its filter may change while it runs, and hold from its cursor on.

import Domain
import EventLog
import Store

extension OwnershipScope {
    /// What a reader is limited to; nil for who sees everything.
    init?(of reader: Principal) {
        let reach = EventReach(of: reader.roles)
        guard reach.isLimited else { return nil }
        self.init(
            subject: reader.subject, teams: reader.teams, own: reach.own, hidden: reach.hidden,
            names: reach.names)
    }
}

extension Route {
    /// The reader, if of what this route reads they see only what is theirs; nil for all of it.
    func limited(_ reader: Principal) -> Principal? {
        permission?.reach(of: reader.roles) == .own ? reader : nil
    }
}

extension GatewayLoop {
    /// The form of the frames that a stream is sent.
    func form(_ slot: Int, for reader: Principal) -> FrameForm {
        FrameForm(transport: transport(slot), visibility: VisibilityClass(of: reader.roles))
    }

    /// Gives a stream another filter.
    func changeFilter(_ slot: Int, _ filter: Filter) {
        change(slot, filter, audiences[Int(connections[slot].audience)].form)
    }

    /// Whose stream it is has new roles.
    func changeReader(_ slot: Int, _ reader: Principal) {
        change(
            slot, filter(slot).scoped(by: OwnershipScope(of: reader)), form(slot, for: reader))
    }

    private func change(_ slot: Int, _ filter: Filter, _ form: FrameForm) {
        let audience = audiences[Int(connections[slot].audience)]
        if form == audience.form, filter == log.filter(of: audience.filter) { return }
        if form != audience.form, connections[slot].cursor.offset > 0 {
            guard setBegunFrameAside(slot) else { return }
        }
        let filterClass = log.register(filter)
        // The cursor passes what the old filter does not want before the new one sees it.
        if case .caughtUp(let cursor) = log.next(
            connections[slot].cursor, filter: audience.filter, form: audience.form, bytesMax: 1)
        {
            connections[slot].cursor = cursor
        }
        leave(slot)
        join(slot, filterClass, form)
        markDirty(slot)
    }

    /// The rest of a begun frame, which no other form can finish, becomes the stream's own output.
    ///
    /// False when it is not at hand any more: then the stream is closed.
    private func setBegunFrameAside(_ slot: Int) -> Bool {
        let audience = audiences[Int(connections[slot].audience)]
        guard
            case .due(let run) = log.next(
                connections[slot].cursor, filter: audience.filter, form: audience.form, bytesMax: 1)
        else {
            connections[slot].endReason = .trimmed
            close(slot)
            return false
        }
        // What else waits to be sent has waited for this frame to end.
        connections[slot].output.insert(contentsOf: run.bytes[run.range], at: 0)
        connections[slot].cursor = run.cursor(afterSending: run.range.count)
        counters.deliveredFrames.add(1)
        return true
    }
}
