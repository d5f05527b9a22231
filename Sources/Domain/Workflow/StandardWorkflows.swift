// The rules that the program ships with: what a small business would set up first.

extension WorkflowRule {
    /// The standard rules.
    package static let standard = [
        WorkflowRule(
            id: "lead_follow_up", name: "Follow up a new lead", version: 1, enabled: true,
            eventType: "lead_created", conditions: [],
            actions: [
                .createTask(
                    TaskTemplate(
                        title: "Follow up with {data.name}", assignee: nil,
                        dueInSeconds: 86_400, priority: .normal))
            ]),
        WorkflowRule(
            id: "order_fulfilment", name: "Fulfil a new order", version: 1, enabled: true,
            eventType: "order_created", conditions: [],
            actions: [
                .createTask(
                    TaskTemplate(
                        title: "Fulfil order of {data.total} {data.currency}", assignee: nil,
                        dueInSeconds: 172_800, priority: .normal))
            ]),
        WorkflowRule(
            id: "sla_warning", name: "Act on an SLA warning", version: 1, enabled: true,
            eventType: "sla_warning", conditions: [],
            actions: [
                .createTask(
                    TaskTemplate(
                        title: "SLA warning for {data.task_id}", assignee: nil,
                        dueInSeconds: 3_600, priority: .urgent)),
                .notify(
                    NotificationTemplate(
                        recipient: nil, title: "SLA warning",
                        body: "The agreed time of {data.task_id} is running out.")),
            ]),
        WorkflowRule(
            id: "delivery_failed", name: "Rescue a failed delivery", version: 1, enabled: true,
            eventType: "delivery_updated",
            conditions: [
                WorkflowCondition("data.status", .eq, .string("failed")),
                WorkflowCondition("data.changed", .contains, .string("status")),
            ],
            actions: [
                .createTask(
                    TaskTemplate(
                        title: "Reschedule the delivery of {data.delivery_date}", assignee: nil,
                        dueInSeconds: 14_400, priority: .high))
            ]),
    ]
}
