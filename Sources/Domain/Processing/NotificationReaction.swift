// What notifications and the log do with an event.

extension StepRun {
    /// Tells whoever owns an order that its delivery is scheduled.
    func notify(
        of input: ProcessorInput, into effects: inout Effects
    ) throws(ReactionFailure) {
        guard let date = input.fields["delivery_date"]?.string else {
            throw ReactionFailure(reason: "the delivery has no date")
        }
        let order = input.fields["order_id"]?.string
        let notification = Notification(
            id: effects.nextID(), recipient: input.owner, category: "delivery",
            title: "Delivery scheduled for \(date)",
            body: "The delivery of order \(order ?? "?") is scheduled for \(date).",
            subject: input.subject, createdAt: time)
        effects.send(notification)
        effects.log(
            .info, .notifications, "Told \(notification.recipient): \(notification.title)")
    }

    /// Writes an event into the unified log, at the event's own time.
    func record(_ input: ProcessorInput, into effects: inout Effects) {
        effects.log(
            .info, LogModule(eventName: input.name, isUnified: input.isUnified),
            "\(input.name) \(input.subject) by \(input.actor)", at: input.time)
        effects.setBranch(.log, .done, .object([]))
    }
}
