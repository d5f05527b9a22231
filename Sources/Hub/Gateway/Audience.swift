// Subscribers with the same filter and form of frames, conflated alike: what one of them is due,
// all are who stand at the same place, so the bytes to send are found once.

import EventLog

/// One audience of a loop.
struct Audience {
    let filter: FilterClass
    let form: FrameForm
    /// Whether they get only the newest of each subject.
    let isConflated: Bool
    /// The slots of its members.
    var members: [UInt32] = []
    /// Where the sweep through the members goes on.
    var sweepIndex = 0
    /// Members that the sweep has still to visit.
    var sweepRest = 0

    /// The slot of the member that the sweep visits next; nil when it has visited all.
    ///
    /// Members may have left meanwhile, and others taken their places.
    mutating func nextOfSweep() -> Int? {
        sweepRest = min(sweepRest, members.count)
        guard sweepRest > 0 else { return nil }
        let place = sweepIndex < members.count ? sweepIndex : 0
        sweepIndex = place + 1
        sweepRest -= 1
        return Int(members[place])
    }
}

/// All audiences of a loop, found by filter and form.
struct AudienceTable {
    private struct Key: Hashable {
        let filter: FilterClass
        let form: FrameForm
        let isConflated: Bool
    }

    private(set) var audiences: [Audience] = []
    private var indexes: [Key: Int] = [:]
    private var free: [Int] = []

    /// The audience of a filter and form, made if it is new.
    mutating func index(
        filter: FilterClass, form: FrameForm, isConflated: Bool
    ) -> Int {
        let key = Key(filter: filter, form: form, isConflated: isConflated)
        if let index = indexes[key] { return index }
        let audience = Audience(
            filter: filter, form: form, isConflated: isConflated)
        let index: Int
        if let reused = free.popLast() {
            index = reused
            audiences[index] = audience
        } else {
            index = audiences.count
            audiences.append(audience)
        }
        indexes[key] = index
        return index
    }

    /// Forgets an audience without members.
    mutating func remove(_ index: Int) {
        precondition(audiences[index].members.isEmpty)
        let audience = audiences[index]
        let key = Key(
            filter: audience.filter, form: audience.form,
            isConflated: audience.isConflated)
        indexes[key] = nil
        audiences[index].sweepRest = 0
        free.append(index)
    }

    subscript(index: Int) -> Audience {
        get { audiences[index] }
        _modify { yield &audiences[index] }
    }
}
