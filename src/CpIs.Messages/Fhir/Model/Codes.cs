using System.Text.Json.Serialization;

namespace CpIs.Messages.Fhir.Model;

// Each enum holds exactly the codes of the value set that R4 binds as required to the element it is used for.

internal enum BundleType
{
    [JsonStringEnumMemberName("document")] Document,
    [JsonStringEnumMemberName("message")] Message,
    [JsonStringEnumMemberName("transaction")] Transaction,
    [JsonStringEnumMemberName("transaction-response")] TransactionResponse,
    [JsonStringEnumMemberName("batch")] Batch,
    [JsonStringEnumMemberName("batch-response")] BatchResponse,
    [JsonStringEnumMemberName("history")] History,
    [JsonStringEnumMemberName("searchset")] Searchset,
    [JsonStringEnumMemberName("collection")] Collection,
}

internal enum HttpVerb
{
    [JsonStringEnumMemberName("GET")] Get,
    [JsonStringEnumMemberName("HEAD")] Head,
    [JsonStringEnumMemberName("POST")] Post,
    [JsonStringEnumMemberName("PUT")] Put,
    [JsonStringEnumMemberName("DELETE")] Delete,
    [JsonStringEnumMemberName("PATCH")] Patch,
}

internal enum SearchEntryMode
{
    [JsonStringEnumMemberName("match")] Match,
    [JsonStringEnumMemberName("include")] Include,
    [JsonStringEnumMemberName("outcome")] Outcome,
}

internal enum CarePlanStatus
{
    [JsonStringEnumMemberName("draft")] Draft,
    [JsonStringEnumMemberName("active")] Active,
    [JsonStringEnumMemberName("on-hold")] OnHold,
    [JsonStringEnumMemberName("revoked")] Revoked,
    [JsonStringEnumMemberName("completed")] Completed,
    [JsonStringEnumMemberName("entered-in-error")] EnteredInError,
    [JsonStringEnumMemberName("unknown")] Unknown,
}

internal enum CarePlanIntent
{
    [JsonStringEnumMemberName("proposal")] Proposal,
    [JsonStringEnumMemberName("plan")] Plan,
    [JsonStringEnumMemberName("order")] Order,
    [JsonStringEnumMemberName("option")] Option,
}

internal enum CareTeamStatus
{
    [JsonStringEnumMemberName("proposed")] Proposed,
    [JsonStringEnumMemberName("active")] Active,
    [JsonStringEnumMemberName("suspended")] Suspended,
    [JsonStringEnumMemberName("inactive")] Inactive,
    [JsonStringEnumMemberName("entered-in-error")] EnteredInError,
}

internal enum ContactPointSystem
{
    [JsonStringEnumMemberName("phone")] Phone,
    [JsonStringEnumMemberName("fax")] Fax,
    [JsonStringEnumMemberName("email")] Email,
    [JsonStringEnumMemberName("pager")] Pager,
    [JsonStringEnumMemberName("url")] Url,
    [JsonStringEnumMemberName("sms")] Sms,
    [JsonStringEnumMemberName("other")] Other,
}

internal enum ContactPointUse
{
    [JsonStringEnumMemberName("home")] Home,
    [JsonStringEnumMemberName("work")] Work,
    [JsonStringEnumMemberName("temp")] Temp,
    [JsonStringEnumMemberName("old")] Old,
    [JsonStringEnumMemberName("mobile")] Mobile,
}

internal enum IdentifierUse
{
    [JsonStringEnumMemberName("usual")] Usual,
    [JsonStringEnumMemberName("official")] Official,
    [JsonStringEnumMemberName("temp")] Temp,
    [JsonStringEnumMemberName("secondary")] Secondary,
    [JsonStringEnumMemberName("old")] Old,
}

internal enum NarrativeStatus
{
    [JsonStringEnumMemberName("generated")] Generated,
    [JsonStringEnumMemberName("extensions")] Extensions,
    [JsonStringEnumMemberName("additional")] Additional,
    [JsonStringEnumMemberName("empty")] Empty,
}

internal enum AuditEventAction
{
    [JsonStringEnumMemberName("C")] Create,
    [JsonStringEnumMemberName("R")] Read,
    [JsonStringEnumMemberName("U")] Update,
    [JsonStringEnumMemberName("D")] Delete,
    [JsonStringEnumMemberName("E")] Execute,
}

internal enum AuditEventOutcome
{
    [JsonStringEnumMemberName("0")] Success,
    [JsonStringEnumMemberName("4")] MinorFailure,
    [JsonStringEnumMemberName("8")] SeriousFailure,
    [JsonStringEnumMemberName("12")] MajorFailure,
}

internal enum NetworkType
{
    [JsonStringEnumMemberName("1")] MachineName,
    [JsonStringEnumMemberName("2")] IpAddress,
    [JsonStringEnumMemberName("3")] TelephoneNumber,
    [JsonStringEnumMemberName("4")] EmailAddress,
    [JsonStringEnumMemberName("5")] Uri,
}

internal enum FlagStatus
{
    [JsonStringEnumMemberName("active")] Active,
    [JsonStringEnumMemberName("inactive")] Inactive,
    [JsonStringEnumMemberName("entered-in-error")] EnteredInError,
}

internal enum IssueSeverity
{
    [JsonStringEnumMemberName("fatal")] Fatal,
    [JsonStringEnumMemberName("error")] Error,
    [JsonStringEnumMemberName("warning")] Warning,
    [JsonStringEnumMemberName("information")] Information,
}
