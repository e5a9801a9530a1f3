using System.Globalization;
using System.Text.Json.Nodes;

namespace Kombo.Sandbox.Company;

/// <summary>Makes a company out of a seed: the same one each time.</summary>
sealed class CompanyGenerator
{
    const int TeamSize = 25;
    const int SpanOfControl = 8;

    static readonly DateTimeOffset FirstDay = new(2015, 1, 1, 0, 0, 0, TimeSpan.Zero);

    readonly int employees;
    readonly Random random;
    readonly Dictionary<string, Collection> collections;

    CompanyGenerator(int employees, int seed)
    {
        this.employees = employees;
        random = new Random(seed);
        collections = Vocabulary.Collections.ToDictionary(name => name, name => new Collection(name));
    }

    public static IReadOnlyCollection<Collection> Generate(int employees, int seed)
    {
        var generator = new CompanyGenerator(employees, seed);
        generator.AddOffices();
        generator.AddTeams();
        generator.AddAbsenceTypes();
        for (var number = 1; number <= employees; number++)
            generator.AddEmployee(number);
        return generator.collections.Values;
    }

    int Teams => Math.Max(1, employees / TeamSize);

    void AddOffices()
    {
        foreach (var (index, (city, country)) in Vocabulary.Cities.Index())
            Put("locations", Id("loc", index + 1), new JsonObject
            {
                ["name"] = $"Office {city}",
                ["type"] = "office",
                ["address"] = Address($"Main Street {index + 1}", city, country),
            });
    }

    void AddTeams()
    {
        foreach (var (index, name) in Vocabulary.Departments.Index())
            Put("teams", Id("dep", index + 1), new JsonObject { ["name"] = name, ["kind"] = "department", ["parent_id"] = null });
        for (var number = 1; number <= Teams; number++)
            Put("teams", Id("team", number), new JsonObject
            {
                ["name"] = $"{Vocabulary.Departments[number % Vocabulary.Departments.Count]} {number}",
                ["kind"] = "team",
                ["parent_id"] = Id("dep", (number % Vocabulary.Departments.Count) + 1),
            });
    }

    void AddAbsenceTypes()
    {
        foreach (var (index, (name, unit)) in Vocabulary.AbsenceTypes.Index())
            Put("absence-types", Id("type", index + 1), new JsonObject
            {
                ["name"] = name,
                ["unit"] = unit,
                ["half_days"] = unit == "days",
                ["exact_times"] = unit == "hours",
            });
    }

    void AddEmployee(int number)
    {
        var start = FirstDay.AddDays(random.Next(3_500));
        var employee = Job(number, start);
        Sensitive.AddTo(employee, number, random);
        Put("employees", Id("emp", number), employee);
        AddMemberships(number);
        AddEmployments(number, start, (string)employee["job_title"]!); // set in Job
        AddAbsences(number);
    }

    JsonObject Job(int number, DateTimeOffset start)
    {
        var (first, last) = (Pick(Vocabulary.FirstNames), Pick(Vocabulary.LastNames));
        var left = random.Next(20) == 0;
        return new JsonObject
        {
            ["number"] = string.Create(CultureInfo.InvariantCulture, $"{10_000 + number}"),
            ["first_name"] = first,
            ["last_name"] = last,
            ["display_name"] = $"{first} {last}",
            ["job_title"] = Pick(Vocabulary.JobTitles),
            ["work_email"] = $"{first}.{last}.{number}@sandbox.example".ToLowerInvariant(),
            ["status"] = left ? "terminated" : Pick(Vocabulary.Statuses),
            ["contract"] = Pick(Vocabulary.Contracts),
            ["weekly_hours"] = Pick(Vocabulary.WeeklyHours),
            ["avatar_url"] = $"https://pictures.sandbox.example/canary-avatar/{number}.png",
            ["location_id"] = Id("loc", random.Next(Vocabulary.Cities.Count) + 1),
            ["manager_id"] = ManagerOf(number),
            ["start_date"] = Day(start),
            ["end_date"] = left ? Day(start.AddDays(365)) : null,
            ["cost_center"] = $"CC-{random.Next(40) + 100}",
            ["shirt_size"] = Pick(Vocabulary.ShirtSizes),
            ["created_at"] = Record.Format(start),
            ["internal_note"] = $"canary-unmapped-{number}", // which no mapping asks for
        };
    }

    // The last employee is at the top, so that references mostly point at records that are listed later.
    string? ManagerOf(int number) =>
        number == employees ? null : Id("emp", employees - ((employees - number - 1) / SpanOfControl));

    void AddMemberships(int number)
    {
        var team = (number % Teams) + 1;
        Member(Id("team", team));
        if (number % 5 == 0)
            Member(Id("dep", (team % Vocabulary.Departments.Count) + 1));

        void Member(string teamId) => Put(
            "memberships", $"{Id("mem", number)}-{teamId}",
            new JsonObject { ["employee_id"] = Id("emp", number), ["team_id"] = teamId });
    }

    void AddEmployments(int number, DateTimeOffset start, string title)
    {
        var contracts = 1 + (number % 3 == 0 ? 1 : 0);
        for (var contract = 1; contract <= contracts; contract++)
            Put("employments", $"{Id("job", number)}-{contract}", new JsonObject
            {
                ["employee_id"] = Id("emp", number),
                ["job_title"] = contract == contracts ? title : "Junior " + title,
                ["pay_rate"] = 30_000 + (random.Next(900) * 100) + 0.5m,
                ["pay_period"] = "year",
                ["pay_frequency"] = "monthly",
                ["currency"] = "EUR",
                ["contract"] = Pick(Vocabulary.Contracts),
                ["effective_date"] = Day(start.AddDays((contract - 1) * 400)),
            });
    }

    void AddAbsences(int number)
    {
        for (var i = 1; i <= 2; i++)
        {
            var start = FirstDay.AddDays(3_000 + random.Next(700));
            var days = random.Next(10) + 1;
            Put("absences", $"{Id("abs", number)}-{i}", new JsonObject
            {
                ["employee_id"] = Id("emp", number),
                ["type_id"] = Id("type", random.Next(Vocabulary.AbsenceTypes.Count) + 1),
                ["from"] = Day(start),
                ["to"] = Day(start.AddDays(days - 1)),
                ["from_half_day"] = false,
                ["to_half_day"] = random.Next(4) == 0,
                ["start_time"] = null,
                ["end_time"] = null,
                ["amount"] = days,
                ["unit"] = "days",
                ["status"] = Pick(Vocabulary.AbsenceStatuses),
                ["note"] = null,
                ["created_at"] = Record.Format(start.AddDays(-30)),
            });
        }
    }

    void Put(string collection, string id, JsonObject fields) =>
        collections[collection].Put(Record.Of(id, FirstDay.AddMinutes(random.Next(5_256_000)), fields));

    T Pick<T>(IReadOnlyList<T> values) => values[random.Next(values.Count)];

    internal static JsonObject Address(string street, string city, string country) => new()
    {
        ["street"] = street,
        ["street2"] = null,
        ["city"] = city,
        ["zip"] = "00000",
        ["state"] = null,
        ["country"] = country,
    };

    static string Id(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{number:D6}");

    static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
