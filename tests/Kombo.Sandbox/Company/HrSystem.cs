using System.Globalization;
using System.Text.Json.Nodes;

namespace Kombo.Sandbox.Company;

/// <summary>All collections, and the changes that can be made to them. Safe for many threads.</summary>
sealed class HrSystem
{
    static readonly string[] DependentsOfEmployees = ["memberships", "employments", "absences"];

    readonly Lock gate = new();
    readonly Dictionary<string, Collection> collections;
    readonly TimeProvider clock;

    public HrSystem(IEnumerable<Collection> collections, TimeProvider clock)
    {
        this.collections = collections.ToDictionary(collection => collection.Name, StringComparer.Ordinal);
        this.clock = clock;
    }

    public bool Has(string collection) => collections.ContainsKey(collection);

    public IReadOnlyDictionary<string, int> Counts()
    {
        lock (gate)
            return collections.ToDictionary(pair => pair.Key, pair => pair.Value.Count);
    }

    public Page Read(string collection, string? after, DateTimeOffset? updatedSince, int limit)
    {
        lock (gate)
            return collections[collection].Read(after, updatedSince, limit);
    }

    public Record? Find(string collection, string id)
    {
        lock (gate)
            return collections[collection].Find(id);
    }

    /// <summary>Sets fields, which moves the update time.</summary>
    /// <returns>Null if there is no such record.</returns>
    public Record? Change(string collection, string id, JsonObject patch)
    {
        lock (gate)
        {
            if (collections[collection].Find(id) is not { } record)
                return null;
            var changed = record.With(patch, clock.GetUtcNow());
            collections[collection].Put(changed);
            return changed;
        }
    }

    /// <summary>Adds a record; without an id it gets the next one.</summary>
    public Record Add(string collection, JsonObject fields)
    {
        lock (gate)
        {
            var target = collections[collection];
            var id = (string?)fields["id"] ?? string.Create(CultureInfo.InvariantCulture, $"new-{target.Count + 1:D6}");
            var added = Record.Of(id, clock.GetUtcNow(), fields);
            target.Put(added);
            return added;
        }
    }

    /// <summary>Deletes a record; an employee's memberships, employments and absences go with it. Nothing tells of it
    /// later: like most HR systems, this one simply stops listing the record. References of others stay as they
    /// are.</summary>
    public bool Delete(string collection, string id)
    {
        lock (gate)
        {
            if (!collections[collection].Remove(id))
                return false;
            if (collection == "employees")
                foreach (var dependents in DependentsOfEmployees)
                    RemoveOf(collections[dependents], employee: id);
            return true;
        }
    }

    static void RemoveOf(Collection dependents, string employee)
    {
        var ids = dependents.Records
            .Where(record => (string?)record.Fields()["employee_id"] == employee)
            .Select(record => record.Id).ToList();
        foreach (var id in ids)
            dependents.Remove(id);
    }
}
