namespace Kombo.Sandbox.Company;

/// <summary>What companies are made of.</summary>
static class Vocabulary
{
    public static IReadOnlyList<string> Collections { get; } =
        ["locations", "teams", "absence-types", "employees", "memberships", "employments", "absences"];

    public static IReadOnlyList<(string City, string Country)> Cities { get; } =
    [
        ("Berlin", "DE"), ("Hamburg", "DE"), ("Köln", "DE"), ("München", "DE"), ("Wien", "AT"), ("Zürich", "CH"),
        ("Paris", "FR"), ("Lyon", "FR"), ("Madrid", "ES"), ("Lisboa", "PT"), ("Warszawa", "PL"), ("Kraków", "PL"),
        ("London", "GB"), ("Dublin", "IE"), ("Oslo", "NO"), ("Malmö", "SE"), ("Austin", "US"), ("Boston", "US"),
        ("Toronto", "CA"), ("東京", "JP"),
    ];

    /// <summary>Those that can be asked for what changed since a time.</summary>
    public static IReadOnlyList<string> Dated { get; } = ["employees", "employments", "absences"];

    public static IReadOnlyList<string> Departments { get; } =
    [
        "Engineering", "Product", "Design", "Sales", "Marketing", "Support", "Finance", "People", "Legal", "Operations",
    ];

    public static IReadOnlyList<(string Name, string Unit)> AbsenceTypes { get; } =
    [
        ("Vacation", "days"), ("Sick leave", "days"), ("Parental leave", "days"), ("Training", "days"),
        ("Doctor's appointment", "hours"), ("Unpaid leave", "days"),
    ];

    public static IReadOnlyList<string> AbsenceStatuses { get; } =
        ["approved", "approved", "requested", "declined", "cancelled"];

    public static IReadOnlyList<string> FirstNames { get; } =
    [
        "Ada", "Björn", "Carla", "Daniel", "Elif", "François", "Grace", "Håkon", "Inés", "João", "Kasia", "Liam", "Mia",
        "Noah", "Olga", "Paul", "Quentin", "Rosa", "Søren", "Tara", "Uma", "Victor", "Wanda", "Xenia", "Yusuf", "Zoë",
    ];

    public static IReadOnlyList<string> LastNames { get; } =
    [
        "Andersson", "Bianchi", "Castillo", "Dubois", "Evans", "Fischer", "García", "Hughes", "Ivanov", "Jansen",
        "Kowalska",
        "Lindqvist", "Müller", "Novák", "O'Brien", "Petrov", "Quinn", "Rossi", "Schmidt", "Tanaka", "Ueda", "Vogel",
        "Weber",
    ];

    public static IReadOnlyList<string> JobTitles { get; } =
    [
        "Software Engineer", "Product Manager", "Designer", "Account Executive", "Support Agent", "Accountant",
        "Recruiter",
        "Counsel", "Data Analyst", "Office Manager",
    ];

    public static IReadOnlyList<string> Statuses { get; } =
        ["active", "active", "active", "active", "on_leave", "onboarding"];

    public static IReadOnlyList<string> Contracts { get; } =
        ["full_time", "full_time", "part_time", "contractor", "intern"];

    public static IReadOnlyList<string> ShirtSizes { get; } = ["S", "M", "L", "XL"];

    public static IReadOnlyList<decimal> WeeklyHours { get; } = [40m, 40m, 38.5m, 32m, 20m];
}
