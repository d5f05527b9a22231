// The representations of what the hub decides by: purposes, policies, workflow rules, the agent.

import Domain
import Store
import Wire

/// Rules as JSON.
enum RuleJSON {
    static func append(_ notice: PurposeNotice, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("code", notice.purpose.code)
        writer.member("title", notice.title)
        writer.member("notice", notice.notice)
        writer.member("lawful_basis", notice.lawfulBasis)
        writer.endObject()
    }

    static func append(_ policy: PolicySet, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", policy.id)
        writer.member("version", policy.version)
        writer.member("default_effect", CheckEffect.deny.rawValue)
        writer.name("rules")
        writer.beginArray()
        for rule in policy.rules {
            writer.beginObject()
            writer.member("id", rule.id)
            writer.member("effect", rule.effect.rawValue)
            writer.member("scope", rule.scope.rawValue)
            writer.member("event_types", rule.eventTypes)
            writer.member("purpose", rule.purpose.code)
            writer.member("requires", rule.requires.rawValue)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }

    static func append(_ rule: WorkflowRule, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", rule.id)
        writer.member("name", rule.name)
        writer.member("version", rule.version)
        writer.member("enabled", rule.enabled)
        writer.member("event_type", rule.eventType)
        writer.name("conditions")
        writer.beginArray()
        for condition in rule.conditions {
            writer.beginObject()
            writer.member("path", condition.path)
            writer.member("op", condition.operation.rawValue)
            writer.name("value")
            writer.value(condition.value)
            writer.endObject()
        }
        writer.endArray()
        writer.name("actions")
        writer.beginArray()
        for action in rule.actions { append(action, to: &writer) }
        writer.endArray()
        writer.endObject()
    }

    private static func append(_ action: WorkflowAction, to writer: inout JSONWriter) {
        writer.beginObject()
        switch action {
        case .createTask(let template):
            writer.member("type", "create_task")
            writer.member("title", template.title)
            writer.member("assignee", template.assignee)
            writer.member("due_in_seconds", template.dueInSeconds)
            writer.member("priority", template.priority.rawValue)
        case .notify(let template):
            writer.member("type", "notify")
            writer.member("recipient", template.recipient)
            writer.member("title", template.title)
            writer.member("body", template.body)
        case .moveStage(let stage):
            writer.member("type", "move_stage")
            writer.member("to", stage)
        }
        writer.endObject()
    }

    /// The agent's policy, the sets of actions that it knows, and the model behind it.
    static func policy(_ policy: AgentPolicy, model: ModelSnapshot) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", policy.id)
        writer.member("version", Int(policy.version))
        writer.member("method", policy.method.rawValue)
        writer.member("state", "active")
        writer.name("model")
        writer.beginObject()
        writer.member("version", Int(model.state.version))
        writer.name("position")
        writer.quotedInteger(model.state.position)
        writer.member("names", model.state.names)
        writer.member("awaiting_feedback", model.state.rememberedCount)
        writer.endObject()
        writer.name("action_sets")
        writer.beginArray()
        for set in ActionSet.all {
            writer.beginObject()
            writer.member("name", set.name)
            writer.member("actions", set.actions)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}
