/* EmptyFolder and MarkAllItemsAsRead: [MS-OXWSFOLD] sections 3.1.4.5 and 3.1.4.9. */
#include "ews/read.h"

struct request {
	const struct ews_folder_ref *folder;
	enum ews_delete how;
	bool flag; /* subfolders too; read */
};

static bool run(struct ews_conn *conn, enum ews_op op, const struct request *request,
		void (*write)(struct soap_writer *w, const void *context),
		struct err *err)
{
	const struct ews_single single = { .op = op, .write = write, .request = request };

	return ews_single_run(conn, &single, err);
}

static void write_empty(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_put_attr(w, "DeleteType", ews_delete_name(request->how));
	soap_put_attr(w, "DeleteSubFolders", request->flag ? "true" : "false");
	soap_put_folder_in(w, "m:FolderIds", request->folder);
}

bool ews_folder_empty(struct ews_conn *conn, const struct ews_folder_ref *folder,
		      enum ews_delete how, bool subfolders_too, struct err *err)
{
	const struct request request = { .folder = folder,
					 .how = how,
					 .flag = subfolders_too };

	return run(conn, EWS_OP_EMPTY_FOLDER, &request, write_empty, err);
}

static void write_read(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_leaf_bool(w, "m:ReadFlag", request->flag);
	soap_leaf_bool(w, "m:SuppressReadReceipts", true);
	soap_put_folder_in(w, "m:FolderIds", request->folder);
}

bool ews_folder_mark_read(struct ews_conn *conn, const struct ews_folder_ref *folder,
			  bool is_read, struct err *err)
{
	const struct request request = { .folder = folder, .flag = is_read };

	return run(conn, EWS_OP_MARK_ALL_ITEMS_AS_READ, &request, write_read, err);
}
