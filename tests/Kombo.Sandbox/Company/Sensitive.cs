using System.Globalization;
using System.Text.Json.Nodes;

namespace Kombo.Sandbox.Company;

/// <summary>What must never be copied unasked. Wherever a value is free text it holds the word "canary", and every day
/// of birth is in 1911, so that a search of the copy finds each one that got through.</summary>
static class Sensitive
{
    static readonly string[] Genders = ["male", "female", "non_binary"];
    static readonly string[] Ethnicities = ["white", "asian", "hispanic", "black", "multiple", "undisclosed"];
    static readonly string[] MaritalStatuses = ["single", "married", "partnership", "widowed", "divorced"];

    public static void AddTo(JsonObject employee, int number, Random random)
    {
        var digits = number.ToString("D6", CultureInfo.InvariantCulture);
        employee["ssn"] = $"canary-ssn-{digits}";
        employee["tax_id"] = $"canary-tax-{digits}";
        employee["date_of_birth"] = new DateOnly(1911, 1, 1).AddDays(number % 365).ToString(
            "O", CultureInfo.InvariantCulture);
        employee["gender"] = Genders[random.Next(Genders.Length)];
        employee["ethnicity"] = Ethnicities[random.Next(Ethnicities.Length)];
        employee["marital_status"] = MaritalStatuses[random.Next(MaritalStatuses.Length)];
        employee["nationality"] = "canary-nationality";
        employee["personal_email"] = $"canary.{digits}@private.example";
        employee["mobile_phone"] = $"+00 555 canary {digits}";
        employee["home_address"] = CompanyGenerator.Address($"Canary Lane {number % 200}", "Canaryville", "DE");
        employee["bank_accounts"] = new JsonArray(new JsonObject
        {
            ["iban"] = $"DE00CANARY{digits}",
            ["bic"] = "CANARYXX",
            ["holder"] = $"canary holder {digits}",
            ["bank"] = null,
        });
    }
}
